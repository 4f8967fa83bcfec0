"""Pages go over the wire as few bytes; media as they are."""

import gzip

import pytest
from django.test import Client

from tests.media.kept import keep
from tests.pages import Make

pytestmark = pytest.mark.django_db
TAKES_IT = {"Accept-Encoding": "gzip, br"}


def test_a_page_of_cards_is_compressed_for_whoever_takes_it(client: Client, make: Make) -> None:
    for _ in range(12):
        make(status="failed")
    packed, plain = client.get("/generations/", headers=TAKES_IT), client.get("/generations/")
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 4
    assert b"</html>" in gzip.decompress(packed.content)
    assert not plain.has_header("Content-Encoding")
    assert "Accept-Encoding" in packed["Vary"]


def test_a_video_is_served_as_it_is(client: Client, make: Make) -> None:
    take = make(status="succeeded")
    keep(take)
    answer = client.get(f"/generations/{take.pk}/video/", headers={**TAKES_IT, "Range": "bytes=0-9999"})
    assert answer.status_code == 206
    assert not answer.has_header("Content-Encoding")
