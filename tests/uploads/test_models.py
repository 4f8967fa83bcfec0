"""Files that nobody uses are swept, files in use are not, and no row is ever without its file."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from studio.catalog.request import GenerationRequest
from studio.generations.models import Generation
from studio.uploads.intake import take_file
from studio.uploads.models import Upload, UploadGone
from tests.media.kept import picture, upload
from tests.rows import ACCOUNT, put, user

pytestmark = pytest.mark.database  # on every database

DAYS = timedelta(days=31)


def ask_with(mine, key="key"):
    request = GenerationRequest.parse({"type": "image-to-video", "prompt": "Fog", "image": mine.link})
    return Generation.objects.enqueue(mine.owner, ACCOUNT, [request], key=key, digest="d")[0]


def unused(mine):
    """Nobody has touched it for a month."""
    Upload.objects.filter(pk=mine.pk).update(used_at=timezone.now() - DAYS)
    return mine


@pytest.mark.django_db
def test_what_nobody_uses_is_swept_row_and_file():
    poster = default_storage.save("posters/old.jpg", ContentFile(picture()))
    old, new = unused(upload(user(), poster=poster)), upload(user(), picture(8))
    assert Upload.objects.sweep() == 1
    assert list(Upload.objects.all()) == [new]
    assert [default_storage.exists(name) for name in (old.name, old.poster, new.name)] == [False, False, True]


@pytest.mark.django_db
@pytest.mark.parametrize("status", Generation.Status.values)
def test_what_a_take_still_needs_is_not_swept(status):
    mine = upload(user())
    take = put(ask_with(mine), status=status)
    unused(mine)
    needed = status in ("queued", "submitting", "running", "unconfirmed")
    assert Upload.objects.sweep() == (0 if needed else 1)
    assert Upload.objects.discard(mine) is False
    assert default_storage.exists(mine.name) == needed
    assert Generation.objects.get(pk=take.pk).request["image"] == mine.link


@pytest.mark.django_db
def test_being_asked_for_starts_the_time_anew():
    mine = unused(upload(user()))
    put(ask_with(mine), status="succeeded")
    assert Upload.objects.sweep() == 0
    default_storage.delete(mine.name)


@pytest.mark.django_db
def test_what_another_owner_has_too_stays_in_the_store():
    mine = unused(upload(user("ada")))
    theirs = Upload.objects.create(
        owner=user("bob"), name=mine.name, sha256=mine.sha256, kind="image", filename="b.jpg", bytes=mine.bytes
    )
    assert Upload.objects.sweep() == 1
    assert default_storage.exists(theirs.name)
    unused(theirs)
    assert Upload.objects.sweep() == 1
    assert not default_storage.exists(theirs.name)


@pytest.mark.django_db
def test_a_take_is_not_asked_for_with_a_file_that_is_gone_or_somebody_elses():
    mine, theirs = upload(user("ada")), upload(user("bob"), picture(8))
    for each, owner in ((mine, user("bob")), (theirs, user("ada"))):
        each.owner = owner
        with pytest.raises(UploadGone):
            ask_with(each)
    unused(mine)
    Upload.objects.sweep()
    mine.owner = user("ada")
    with pytest.raises(UploadGone):
        ask_with(mine)
    assert Generation.objects.count() == 0


@pytest.mark.django_db
def test_one_row_for_one_file_and_none_without():
    mine = upload(user())
    facts = {"kind": "image", "filename": "again.jpg", "content_type": "image/jpeg", "bytes": mine.bytes}
    assert Upload.objects.remember(mine.owner, mine.sha256, mine.name, facts) == mine
    assert Upload.objects.remember(mine.owner, "0" * 64, "uploads/not-there.jpg", facts) is None
    default_storage.delete(mine.name)
    assert Upload.objects.remember(mine.owner, mine.sha256, mine.name, facts) is None


@pytest.mark.django_db(transaction=True)
def test_a_sweep_and_a_take_at_the_same_moment_leave_no_take_without_its_file():
    for number in range(12):
        mine = unused(upload(user(), picture(number % 4)))
        asked, start = [], threading.Barrier(2)

        def ask(mine=mine, asked=asked, start=start, number=number):
            start.wait()
            try:
                asked.append(ask_with(mine, f"key-{number}"))
            except UploadGone:
                pass
            finally:
                connection.close()

        thread = threading.Thread(target=ask)
        thread.start()
        start.wait()
        swept = Upload.objects.sweep()
        thread.join()
        assert (swept, len(asked)) in ((1, 0), (0, 1))
        assert default_storage.exists(mine.name) == bool(asked)
        Generation.objects.all().delete()
        Upload.objects.all().delete()
        default_storage.delete(mine.name)


@pytest.mark.django_db(transaction=True)
def test_the_same_file_comes_again_while_it_is_swept_and_is_there_in_the_end():
    owner, content = user(), picture(3)
    for _ in range(8):
        unused(take_file(owner, SimpleUploadedFile("a.jpg", content)))
        start = threading.Barrier(2)

        def sweep(start=start):
            start.wait()
            Upload.objects.sweep()
            connection.close()

        thread = threading.Thread(target=sweep)
        thread.start()
        start.wait()
        mine = take_file(owner, SimpleUploadedFile("a.jpg", content))
        thread.join()
        for kept in Upload.objects.all():
            assert default_storage.exists(kept.name)
            assert default_storage.exists(kept.poster)
        assert mine.name.startswith("uploads/")
        Upload.objects.all().delete()
