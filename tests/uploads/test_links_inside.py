"""What a provider or a pasted link names is loaded by whoever looks at the page: never from inside a network."""

import html
import re

import pytest
from django.urls import reverse

from studio.middleware import local_user
from tests.rows import API, ask, in_status, put

pytestmark = pytest.mark.django_db

INSIDE = [
    "http://192.168.1.1/reboot?x=1", "https://192.168.1.1/reboot?x=1", "http://10.0.0.1/a.mp4", "http://172.16.0.9/a",
    "http://127.0.0.1/a.mp4", "http://127.0.0.1:9/a.mp4", "http://127.1/a.mp4", "http://2130706433/a.mp4",
    "http://0x7f000001/a.mp4", "http://0177.0.0.1/a.mp4", "http://[::1]/a.mp4", "http://[fd00:ec2::254]/latest",
    "http://[::ffff:10.0.0.1]/a.mp4", "http://[64:ff9b::a00:1]/a", "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/a.mp4", "http://100.64.0.1/a.mp4", "http://0.0.0.0/a.mp4", "http://localhost/a.mp4",
    "http://router/a.mp4", "http://nas.local/a.mp4", "http://printer.lan/a.mp4", "http://host.docker.internal/a.mp4",
    "http://①②⑦.⓪.⓪.①/a.mp4", "https://user:word@cdn.example/a.mp4", "https://cdn.example@10.0.0.1/a.mp4",
]  # fmt: skip
OUTSIDE = ["https://cdn.example/a.mp4?sign=x", "http://cdn.example/a.mp4", "https://8.8.8.8:8443/a.mp4"]


@pytest.fixture
def pages(client, settings, me):
    settings.PROVIDER = API
    return Pages(client, put(in_status("succeeded", owner=me), keeping="off", video_url="https://cdn.example/other"))


class Pages:
    """All that may show the video of a take."""

    def __init__(self, client, other):
        self.client, self.other = client, other

    def __call__(self, row):
        """Grid, detail and comparison."""
        compared = self.client.get(reverse("compare"), {"ids": f"{row.pk},{self.other.pk}"})
        addresses = [reverse("generations"), row.get_absolute_url()]
        return [self.client.get(address).content.decode() for address in addresses] + [compared.content.decode()]


def finished(link, **columns):
    row = in_status("succeeded", owner=local_user())
    return put(row, video_url=link, keep_due_at=None, **{"keeping": "failed", **columns})


def loaded(page):
    """Whatever a browser goes to by itself or by a click."""
    found = re.findall(r"(?:src|href|poster|srcset|data-src|action)=\"([^\"]*)\"", page)
    return [html.unescape(each) for each in found]


@pytest.mark.parametrize("keeping", ["failed", "off", "pending"])
def test_a_refused_link_stands_nowhere_but_as_text(pages, keeping):
    row = finished(OUTSIDE[0], keeping=keeping)
    for link in INSIDE:
        for page in pages(put(row, video_url=link)):
            assert link not in loaded(page)
        assert html.escape(link) in pages(row)[1]


@pytest.mark.parametrize("link", OUTSIDE)
def test_a_public_link_is_shown(pages, link):
    for page in pages(finished(link)):
        assert link in loaded(page)


def test_a_name_that_the_worker_found_to_lead_inside_is_text(pages):
    for page in pages(finished(OUTSIDE[0], video_is_public=False)):
        assert OUTSIDE[0] not in loaded(page)


def test_until_the_worker_was_there_nothing_is_loaded(pages):
    """A public address may lead on to another one."""
    row = finished(OUTSIDE[0], keeping="pending")
    for page in pages(row):
        assert OUTSIDE[0] not in loaded(page)
    assert "Fetching the video…" in pages(row)[0]
    for page in pages(put(row, video_is_public=True)):
        assert OUTSIDE[0] in loaded(page)


def test_the_sandbox_shows_its_own_videos_and_no_others(pages, settings):
    settings.PROVIDER = settings.SANDBOX
    own = f"http://127.0.0.1:{settings.STUDIO_SANDBOX_PORT}/videos/a.mp4"
    row = finished(own, connection=settings.SANDBOX, keeping="pending")
    assert all(own in loaded(page) for page in pages(row))
    for link in ("http://127.0.0.1:9/a.mp4", "http://192.168.1.1/a.mp4"):
        assert not [page for page in pages(finished(link, connection=settings.SANDBOX)) if link in loaded(page)]


def test_the_second_task_of_a_take_is_judged_in_the_same_way(pages):
    row = put(finished(OUTSIDE[0]), other_task_id="n9", other_state="succeeded")
    for link in INSIDE:
        assert link not in loaded(pages(put(row, other_video_url=link))[0])
    put(row, other_video_url=OUTSIDE[1])
    assert OUTSIDE[1] in loaded(pages(row)[0])


def test_a_pasted_picture_of_this_network_is_not_loaded(pages):
    row = ask(owner=local_user(), type="image-to-video", image="https://cdn.example/a.png")[0]
    assert "https://cdn.example/a.png" in loaded(pages(row)[0])
    for link in INSIDE:
        put(row, request={**row.request, "image": link})
        assert link not in loaded(pages(row)[0])


def test_with_the_sandbox_pasted_links_may_be_on_this_machine_and_on_no_other(pages, settings):
    settings.PROVIDER = settings.SANDBOX
    row = ask(owner=local_user(), provider=settings.SANDBOX, type="image-to-video", image="http://127.0.0.1:7/a.png")[0]
    assert "http://127.0.0.1:7/a.png" in loaded(pages(row)[0])
    put(row, request={**row.request, "image": "http://192.168.1.1/a.png"})
    assert "http://192.168.1.1/a.png" not in loaded(pages(row)[0])
