"""Which links the provider could fetch, judged by their text alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.links import is_http_link, why_not_public

PRIVATE = [
    "http://localhost/a.png",
    "http://LOCALHOST:8000/a.png",
    "http://localhost./a.png",
    "http://a.localhost/a.png",
    "http://localhost.localdomain/a.png",
    "http://127.0.0.1/a.png",
    "http://127.1/a.png",
    "http://127.0.0.1./a.png",
    "http://user:word@127.0.0.1/a.png",
    "http://public.com@127.0.0.1/a.png",
    "http://2130706433/a.png",
    "http://0x7f000001/a.png",
    "http://0x7f.0.0.1/a.png",
    "http://017700000001/a.png",
    "http://0177.0.0.1/a.png",
    "http://%31%32%37.0.0.1/a.png",
    "http://127%2e0%2e0%2e1/a.png",
    "http://①②⑦.⓪.⓪.①/a.png",
    "http://127。0。0。1/a.png",
    "http://127｡0｡0｡1/a.png",
    "http://127．0．0．1/a.png",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/a.png",
    "http://0/a.png",
    "http://0.0.0.0/a.png",
    "http://10.1.2.3/a.png",
    "http://172.16.0.1/a.png",
    "http://192.168.1.20:8080/a.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/a.png",
    "http://198.18.0.1/a.png",
    "http://203.0.113.7/a.png",
    "http://224.0.0.1/a.png",
    "http://255.255.255.255/a.png",
    "http://[::1]/a.png",
    "http://[::]/a.png",
    "http://[0:0:0:0:0:0:0:1]:8000/a.png",
    "http://[::ffff:127.0.0.1]/a.png",
    "http://[::ffff:7f00:1]/a.png",
    "http://[::127.0.0.1]/a.png",
    "http://[::ffff:0:127.0.0.1]/a.png",
    "http://[64:ff9b::10.0.0.1]/a.png",
    "http://[64:ff9b:1::10.0.0.1]/a.png",
    "http://[2002:7f00:1::]/a.png",
    "http://[2001:0:a00:1::1]/a.png",
    "http://[fe80::1]/a.png",
    "http://[fe80::1%25eth0]/a.png",
    "http://[fc00::1]/a.png",
    "http://[fec0::1]/a.png",
    "http://[ff02::1]/a.png",
    "http://[2001:db8::1]/a.png",
    "http://nas/a.png",
    "http://nas.local/a.png",
    "http://NAS.LOCAL./a.png",
    "http://box.lan/a.png",
    "http://router.home/a.png",
    "http://nas.home.arpa/a.png",
    "http://home.arpa/a.png",
    "http://host.docker.internal/a.png",
    "http://svc.cluster.local/a.png",
    "http://files.corp/a.png",
    "http://99999999999/a.png",
]
PAGES = [
    ("https://drive.google.com/file/d/1abc/view?usp=sharing", "Google Drive"),
    ("https://docs.google.com/presentation/d/1abc", "Google Docs"),
    ("https://photos.app.goo.gl/abc", "Google Photos"),
    ("https://www.dropbox.com/s/abc/a.png?dl=0", "Dropbox"),
    ("https://WWW.DROPBOX.COM./scl/fi/abc/a.png", "Dropbox"),
    ("https://1drv.ms/i/s!abc", "OneDrive"),
    ("https://onedrive.live.com/?id=abc", "OneDrive"),
    ("https://www.icloud.com/iclouddrive/abc", "iCloud"),
    ("https://we.tl/t-abc", "WeTransfer"),
    ("https://youtu.be/abc", "YouTube"),
    ("https://m.youtube.com/watch?v=abc", "YouTube"),
    ("https://vimeo.com/123", "Vimeo"),
    ("https://studio-my.sharepoint.com/:v:/g/abc", "SharePoint"),
    ("https://mega.nz/file/abc", "MEGA"),
]
PUBLIC = [
    "https://example.com/a.png",
    "HTTPS://EXAMPLE.COM/a.png",
    "https://example.com:8443/a.png?size=1#x",
    "https://münchen.example/bild.png",
    "https://xn--mnchen-3ya.example/bild.png",
    "https://8.8.8.8/a.png",
    "https://134744072/a.png",
    "https://[2606:4700:4700::1111]/a.png",
    "https://[64:ff9b::808:808]/a.png",
    "https://[::ffff:8.8.8.8]/a.png",
    "https://localhost.com/a.png",
    "https://mylocal.com/a.png",
    "https://127.0.0.1.example.com/a.png",
    "https://example.com/?from=http://127.0.0.1/",
    "https://dropbox.com.example.com/a.png",
    "https://notyoutube.com/a.mp4",
    "https://www.dropbox.com/s/abc/a.png?raw=1",
    "https://www.dropbox.com/scl/fi/abc/a.png?rlkey=x&dl=1",
    "https://dl.dropboxusercontent.com/s/abc/a.png",
    "https://drive.google.com/uc?export=download&id=1abc",
    "https://drive.usercontent.google.com/download?id=1abc",
    "https://player.vimeo.com/external/123.hd.mp4?s=abc",
    "https://bucket.s3.eu-west-1.amazonaws.com/a%20b.wav?X-Amz-Signature=abc",
]
NO_LINKS = [
    "",
    "a.png",
    "//example.com/a.png",
    "ftp://example.com/a.png",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "http://",
    "http:///a.png",
    "http://:80/a.png",
    "http://[::1/a.png",
    "http://example.com:0/a.png",
    "http://example.com:99999/a.png",
    "http://example.com:x/a.png",
    "http://example.com/a b.png",
    "http://example.com/\na.png",
    "http://example.com/\x00a.png",
    "http://exam\u200bple.com/a.png",
    "http://example.com\\@127.0.0.1/a.png",
    "http://127.0.0.1\\@example.com/a.png",
]


@pytest.mark.parametrize("link", PRIVATE)
def test_an_address_inside_the_network_is_told_apart_in_every_spelling(link):
    assert is_http_link(link)
    assert "inside your own network" in why_not_public(link)


@pytest.mark.parametrize(("link", "name"), PAGES)
def test_a_page_that_only_shows_the_file_is_named(link, name):
    assert is_http_link(link)
    assert why_not_public(link).startswith(f"This is a {name} page")


@pytest.mark.parametrize("link", PUBLIC)
def test_a_public_file_passes(link):
    assert is_http_link(link)
    assert why_not_public(link) == ""


@pytest.mark.parametrize("link", NO_LINKS)
def test_what_is_no_link_is_not_taken_for_one(link):
    assert not is_http_link(link)


hosts = st.text(st.characters() | st.sampled_from("0x17.:[]%@\\/。．①ⓛ2e"), max_size=30)


@given(
    st.builds("{}://{}{}".format, st.sampled_from(["http", "HTTPS"]), hosts, st.sampled_from(["", "/a?raw=1", "/%"]))
    | st.builds("http://{}.dropbox.com/?{}".format, hosts, hosts)
    | st.ip_addresses(v=6).map("http://[{}]/".format)
    | st.text()
)
def test_no_text_breaks_the_judgement(link):
    if is_http_link(link):
        assert isinstance(why_not_public(link), str)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_written(address):
    a, b, c, d = address.packed
    spellings = [f"{a}.{b}.{c}.{d}", str(int(address)), hex(int(address)), f"{a}.{int(address) & 0xFFFFFF}"]
    spellings += [f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"[::ffff:{address}]", f"[64:ff9b::{address}]"]
    assert len({why_not_public(f"http://{host}/") for host in spellings}) == 1
