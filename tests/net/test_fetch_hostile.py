"""Links that lead where they must not: no connection is made. Caught at the socket, whatever a link looks like."""

import os

import pytest

from studio.net.fetch import Fetcher, Unfetchable
from tests.provider.servers import reply

from .internet import CERTIFICATE, PUBLIC, PUBLIC6, Net

OWN = ("127.0.0.1", 8002)

LITERALS = [  # as they stand in a link to https
    "127.0.0.1", "127.0.0.1:8002", "127.0.0.1:8003", "127.8.9.10", "127.1", "127.0.1", "2130706433", "0x7f000001",
    "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",  # noqa: S104
    "172.31.255.1", "192.168.0.1", "192.168.1", "3232235521", "0xc0a80001", "169.254.169.254", "2852039166",
    "0xa9fea9fe", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "192.88.99.1",
    "168.63.129.16", "2822734096", "0xa83f8110", "192.0.0.9", "192.0.0.10", "192.0.0.192", "192.31.196.1",
    "192.52.193.1", "192.175.48.1", "198.19.255.255", "239.255.255.250", "0.0.0.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:c0a8:1::1]",
    "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]",
    "[2001:20::1]", "[2001:10::1]", "[2001:1::1]", "[2001:2::1]",
    "[2001:3::1]", "[2001:1ff:ffff::1]", "[2620:4f:8000::1]", "[::ffff:168.63.129.16]", "[64:ff9b::a83f:8110]",
    "[2002:a83f:8110::1]", "[2002:808:808::1]", "[fd20:ce::254]", "[64:ff9b::808:808]",
    "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]",
    "[fe80::a9fe:a9fe]", "[fec0::1]", "[ff02::1]", "[100::1]", "[4000::1]", "[e000::1]",
]  # fmt: skip
NAMES = {  # what the resolver says of them
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "api.localhost": ["::1"],
    "private.test": ["10.1.2.3"],
    "metadata.google.internal": ["169.254.169.254"],
    "private.test.": ["192.168.1.1"],
    "mapped.test": ["::ffff:10.0.0.1"],
    "nat64.test": ["64:ff9b::a00:1"],
    "cloud.test": ["168.63.129.16"],
    "shared.test": ["100.100.100.200"],
    "oracle.test": ["192.0.0.192"],
    "sixtofour.test": ["2002:a00:1::1"],
    "unspecified.test": ["0.0.0.0"],  # noqa: S104
    "unspecified6.test": ["::"],
    "ula.test": ["fd12:3456::1"],
    "linklocal.test": ["fe80::1"],
    "broadcast.test": ["255.255.255.255"],
    "xn--lcalhost-n4a.test": ["127.0.0.1"],
}
ODD = [  # whole links, that programs read in different ways
    "https://public.test@127.0.0.1/a.mp4",
    "https://127.0.0.1@public.test/a.mp4",
    "https://user:word@10.0.0.1/a.mp4",
    "https://public.test\\@127.0.0.1/a.mp4",
    "https://127.0.0.1\\@public.test/a.mp4",
    "https://public.test#@127.0.0.1\\/a.mp4",
    "https://127.0.0.1:8002#@public.test/",
    "https://127.0.0.1?@public.test/",
    "https:\\\\127.0.0.1\\a.mp4",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://[::ffff:127.0.0.1]:8002/",
    "https://127.0.0.1%2f@public.test/",
    "https://127.0.0.1\t/",
    "https://\n127.0.0.1/",
    " https://127.0.0.1/",
    "https:///127.0.0.1/",
    "https:127.0.0.1/",
    "https://127.0.0.1:443:80/",
    "https://[::1/",
    "https://",
    "//127.0.0.1/a.mp4",
]
PLAIN = [  # of this machine, by http, only the API's own host and port
    "http://127.0.0.1/a.mp4",
    "http://127.0.0.1:8003/a.mp4",
    "http://127.0.0.1:80/a.mp4",
    "http://127.0.0.2:8002/a.mp4",
    "http://10.0.0.1:8002/a.mp4",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://private.test:8002/a.mp4",
    "http://0:8002/a.mp4",
    "http://0.0.0.0:8002/a.mp4",
    "http://127.1:8002/a.mp4",
    "http://2130706433:8002/a.mp4",
    "http://loop.public.test:8002/a.mp4",
    "http://127.0.0.1:8002@10.0.0.1/",
]
SCHEMES = [
    "file:///etc/passwd", "ftp://public.test/a.mp4", "gopher://127.0.0.1:6379/_FLUSHALL", "data:video/mp4;base64,AAAA",
    "javascript:alert(1)", "dict://127.0.0.1:11211/stats", "ws://127.0.0.1/", "unix:///var/run/docker.sock",
    "blob:https://public.test/1", "HTTP+UNIX://%2fvar%2frun%2fdocker.sock/", "", "a.mp4", "/generations/1/",
]  # fmt: skip
HOSTILE = [f"https://{host}/a.mp4" for host in [*LITERALS, *NAMES]] + ODD + PLAIN + SCHEMES


@pytest.fixture
def net(monkeypatch):
    net = Net(monkeypatch)
    net.names |= {name: list(answers) for name, answers in NAMES.items()} | {"loop.public.test": ["127.0.0.1"]}
    yield net
    for server in net.routes.values():
        server.close()


def refuse(url, own=OWN):
    with pytest.raises(Unfetchable) as caught:
        Fetcher(own, authorities=CERTIFICATE).open(url).close()
    return caught.value


def test_the_corpus_is_large():
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_link_makes_no_connection(net, url):
    error = refuse(url)
    assert net.dialled == []
    assert error.reason
    assert error.permanent or "name cannot be found" in error.reason


def redirecting(*locations, status=302):
    """Each answer leads to the next place."""
    places = list(locations)

    def script(peer):
        while peer.read():
            peer.send(reply(status, b"", f"Location: {places.pop(0)}", "Connection: close"))

    return script


def plain(net, script):
    """A public server that speaks http alone."""
    net.serve(PUBLIC, script).context = None


# The rest can stand in no header, or leads back to the public host.
LOCATIONS = [url for url in HOSTILE if url.isascii() and not set(url) & set(" \t\n") and ":/" in url]


@pytest.mark.parametrize("url", [*LOCATIONS, "http://127.0.0.1:8002/a.mp4"])
def test_a_redirect_to_it_makes_no_connection_either(net, url):
    net.serve(PUBLIC, redirecting(url, "https://public.test/end", "https://public.test/end", "https://public.test/end"))
    refuse("https://public.test/a.mp4")
    assert set(net.dialled) == {f"{PUBLIC}:443"}


@pytest.mark.parametrize("url", [*LOCATIONS, "http://127.0.0.1:8002/a.mp4", "http://localhost:8002/a.mp4"])
def test_a_link_by_plain_http_leads_on_to_nothing_inside_either(net, url):
    """The API's own files neither, which only its own links may name."""
    plain(net, redirecting(url, "http://public.test/end", "http://public.test/end", "http://public.test/end"))
    refuse("http://public.test/a.mp4")
    assert set(net.dialled) == {f"{PUBLIC}:80"}


def test_a_link_by_plain_http_is_fetched(net):
    plain(net, lambda peer: peer.read() and peer.send(reply(200, b"x" * 9)))
    with Fetcher(OWN, authorities=CERTIFICATE).open("http://public.test/a.mp4") as answer:
        assert b"".join(answer) == b"x" * 9
    assert net.dialled == [f"{PUBLIC}:80"]


def test_https_leads_on_to_no_plain_http(net):
    net.serve(PUBLIC, redirecting("http://public.test/b.mp4"))
    assert "not https" in refuse("https://public.test/a.mp4").reason
    assert net.dialled == [f"{PUBLIC}:443"]


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "https://[::1]/", "http://127.0.0.1:8003/", "https://private.test/"]
)
def test_the_apis_own_address_may_not_lead_there_either(net, url):
    net.own(redirecting(url))
    refuse("http://127.0.0.1:8002/a.mp4")
    assert net.dialled == ["127.0.0.1:8002"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_at_the_third_redirect_the_address_is_looked_up_and_judged_as_at_the_first(net, status):
    there = [f"https://h{number}.public.test/" for number in (1, 2)]
    net.names |= {f"h{number}.public.test": [PUBLIC] for number in (1, 2)} | {"h3.public.test": ["127.0.0.1"]}
    net.serve(PUBLIC, redirecting(*there, "https://h3.public.test/", status=status))
    refuse("https://public.test/a.mp4")
    assert net.asked == ["public.test", "h1.public.test", "h2.public.test", "h3.public.test"]
    assert net.dialled == [f"{PUBLIC}:443"] * 3


def test_three_redirects_are_followed_and_a_fourth_is_not(net):
    server = net.serve(PUBLIC, redirecting(*["https://public.test/on"] * 9))
    error = refuse("https://public.test/a.mp4")
    assert len(server.requests) == 4
    assert (error.permanent, "more than 3 times" in error.reason) == (True, True)


@pytest.mark.parametrize("second", ["127.0.0.1", "10.0.0.1", "::1", "169.254.169.254"])
def test_a_name_that_is_public_first_and_private_then_is_dialled_as_it_was_judged(net, second):
    net.names["rebinding.public.test"] = [PUBLIC, second]
    refuse("https://rebinding.public.test/a.mp4")
    assert net.dialled == [f"{PUBLIC}:443"]
    assert net.asked == ["rebinding.public.test"]


def test_a_name_that_has_become_private_by_the_redirect_is_judged_anew(net):
    net.names["rebinding.public.test"] = [PUBLIC, "127.0.0.1"]
    net.serve(PUBLIC, redirecting("https://rebinding.public.test/b.mp4"))
    refuse("https://rebinding.public.test/a.mp4")
    assert net.dialled == [f"{PUBLIC}:443"]


@pytest.mark.parametrize(("url", "where"), [
    ("https://public.test/a.mp4", f"{PUBLIC}:443"),
    ("https://public.test:8443/a.mp4", f"{PUBLIC}:8443"),
    (f"https://{PUBLIC}/a.mp4", f"{PUBLIC}:443"),
    (f"https://[{PUBLIC6}]/a.mp4", f"{PUBLIC6}:443"),
    ("https://six.public.test/a.mp4", f"{PUBLIC6}:443"),
    ("HTTPS://PUBLIC.TEST/a.mp4", f"{PUBLIC}:443"),
    ("https://8.8.8.8/a.mp4", "8.8.8.8:443"),
    ("http://127.0.0.1:8002/a.mp4", "127.0.0.1:8002"),
    ("http://public.test/a.mp4", f"{PUBLIC}:80"),
    ("http://public.test:8002/a.mp4", f"{PUBLIC}:8002"),
    (f"http://{PUBLIC}/a.mp4", f"{PUBLIC}:80"),
    (f"http://[{PUBLIC6}]/a.mp4", f"{PUBLIC6}:80"),
    ("http://168.63.129.15/a.mp4", "168.63.129.15:80"),
])  # fmt: skip
def test_what_may_be_dialled_is(net, url, where):
    assert "refuses connections" in refuse(url).reason
    assert set(net.dialled) == {where}


def test_the_api_s_own_name_leads_to_this_machine_alone(net):
    assert "refuses connections" in refuse("http://localhost:8002/a.mp4").reason
    assert net.dialled == ["127.0.0.1:8002"]


def test_without_an_own_address_nothing_of_this_machine_is_asked(net):
    refuse("http://127.0.0.1:8002/a.mp4", own=None)
    assert net.dialled == []


def test_neither_proxies_nor_passwords_of_the_environment_are_used(net, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine public.test login spy password secret\n")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.devnull)
    server = net.serve(PUBLIC, lambda peer: peer.read() and peer.send(reply(200, b"x" * 9)))
    with Fetcher(OWN, authorities=CERTIFICATE).open("https://public.test/a.mp4") as answer:
        assert b"".join(answer) == b"x" * 9
    assert net.dialled == [f"{PUBLIC}:443"]
    assert b"secret" not in server.requests[0]
    assert b"authorization" not in server.requests[0].lower()


def test_it_sends_no_key_no_cookie_and_no_referer(net):
    jar = ["Set-Cookie: spy=1; Path=/; Secure", "Location: https://public.test/b.mp4?token=signed"]
    answers = [reply(302, b"", *jar), reply(200, b"video")]
    server = net.serve(
        PUBLIC, lambda peer: [peer.send(answers.pop(0)) for _ in iter(lambda: peer.read() or None, None)]
    )
    with Fetcher(OWN, authorities=CERTIFICATE).open("https://public.test/a.mp4") as answer:
        assert b"".join(answer) == b"video"
    for request in server.requests:
        names = {line.partition(b":")[0].lower() for line in request.split(b"\r\n")[1:] if line}
        assert names == {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}


def test_a_name_without_a_certificate_of_its_own_gets_nothing_of_the_request(net):
    net.names["other.test"] = [PUBLIC]
    server = net.serve(PUBLIC, lambda peer: peer.read())
    assert "certificate is not trusted" in refuse("https://other.test/a.mp4").reason
    assert server.requests == []
