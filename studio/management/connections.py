"""What one client may hold of the studio's listeners, so that no number of them can stop it for the others.

Each connection costs a descriptor, and another for the file that it is sent; when none is left the worker cannot open
its database either. So there is a bound on connections that always leaves room, and where it is reached the one that
has been silent the longest makes way: a new visitor gets in, whoever sits on the others.
"""

from __future__ import annotations

import html
import resource
import socket
import time
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from waitress.channel import HTTPChannel
from waitress.utilities import RequestEntityTooLarge

from studio.clients import network_of

HEADERS_SECONDS = 20  # from the first byte of a request to the end of its headers
STALLED_SECONDS = 600  # for which nothing of an answer is taken, as by a viewer who has paused
DISCARD_SECONDS = 60  # for which what comes after a refusal is read and thrown away
MOST = 500  # connections on one port
MOST_OF_ONE = 64  # … from one address; a browser opens six
LARGE_BODY = 1 << 20
MOST_LARGE = 32  # large bodies that come in at a time: they lie on the disk meanwhile
DESCRIPTORS = 8192
KEPT_FREE = 256  # descriptors for the database, the worker and its downloads
EACH = 6  # descriptors of a connection on each of two ports: its socket, the file that it is sent, one that it sends


def raise_file_limit() -> int:
    """How many descriptors this process may have, after asking for as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return DESCRIPTORS
    with suppress(ValueError, OSError):  # some systems have a lower limit of their own
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def most_connections(descriptors: int) -> int:
    return max(16, min(MOST, (descriptors - KEPT_FREE) // EACH))


TOO_LARGE_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Too large · Dailies</title><h1>This file was not taken</h1>
<p>A form may bring 8 MB at most. With JavaScript switched on the studio takes files of up to 1 GB.</p>
<p><a href="{}/">Back to the studio</a></p></html>
"""


class TooLarge(RequestEntityTooLarge):  # type: ignore[misc] # waitress has no types
    """The answer to a body that is not read, for the person whose browser sent it."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        page = TOO_LARGE_PAGE.format(html.escape(settings.STUDIO_BASE_PATH))
        return f"{self.code} {self.reason}", headers, page.encode()


class Connection(HTTPChannel):  # type: ignore[misc] # waitress has no types
    """Takes one request at a time. What a client sends behind it waits, unread, until its answer has been taken: else a
    few kilobytes of requests become as many open files and answers.
    """

    most = MOST
    shared_address = False  # a proxy stands in front, so all come from its address
    request: Any = None  # the one that is just coming in
    sent_continue = False
    began = 0.0
    discards_until = 0.0  # set once a body was refused
    discards = False

    def __init__(
        self, server: object, sock: socket.socket, addr: tuple[str, int], *more: object, **map: object
    ) -> None:
        self.ahead = b""
        self.network = network_of(addr[0])
        super().__init__(server, sock, addr, *more, **map)
        self.make_room()

    def make_room(self) -> None:
        """Within the bounds, at the cost of whoever has been silent the longest of those who hold the most."""
        there = [each for each in list(self._map.values()) if isinstance(each, Connection) and not each.will_close]
        held = Counter(each.network for each in there)
        crowd = self.network
        if len(there) > self.most:
            [(crowd, _)] = held.most_common(1)
        elif self.is_from_anywhere() or held[self.network] <= MOST_OF_ONE:
            return
        idle = [each for each in there if each.network == crowd and not each.requests]
        min(idle or [self], key=lambda each: each.last_activity).drop()

    def is_from_anywhere(self) -> bool:
        """Whether many may share this address: a proxy's, or this machine's own, where one may be listening."""
        try:
            return self.shared_address or ip_address(self.addr[0].partition("%")[0]).is_loopback
        except ValueError:
            return True

    def drop(self) -> None:
        """Close it, though nothing more of its answer is taken: the loop, which may be just looking at it, finds it
        closed at the next look.
        """
        self.will_close = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def readable(self) -> bool:
        """The loop asks once a second at least."""
        if self.is_overdue(time.time()):
            self.drop()
        elif self.ahead and not self.total_outbufs_len:
            self.go_on()
        return bool(super().readable())

    def is_overdue(self, now: float) -> bool:
        if self.discards:
            return now > self.discards_until
        if self.total_outbufs_len:
            return bool(now - self.last_activity > STALLED_SECONDS)
        begun = self.request is not None and not self.request.headers_finished
        return begun and now - self.began > HEADERS_SECONDS

    def make_room_for_body(self) -> None:
        """For a large body, at the cost of the sender who has been silent the longest: a page goes on by itself."""
        large = [each for each in list(self._map.values()) if isinstance(each, Connection) and each.brings_much()]
        if len(large) >= MOST_LARGE:
            min(large, key=lambda each: each.last_activity).drop()

    def brings_much(self) -> bool:
        coming = self.request is not None and self.request.headers_finished and not self.will_close
        return coming and (self.request.chunked or self.request.content_length > LARGE_BODY)

    def handle_close(self) -> None:
        """After a refusal it goes on reading for a while: whoever is still sending when the connection is closed never
        sees the answer.
        """
        if self.discards_until and not self.discards and self.connected:
            self.discards, self.will_close, self.ahead = True, False, b""
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                return
        super().handle_close()

    def received(self, data: bytes) -> bool:
        if self.discards:
            return True
        self.ahead += data
        return self.go_on()

    def go_on(self) -> bool:
        """As in waitress, but for one request at most."""
        with self.requests_lock:
            while self.ahead and not (self.will_close or self.close_when_flushed or self.requests):
                if self.request is None:
                    self.request, self.began = self.parser_class(self.adj), time.time()
                had_headers = self.request.headers_finished
                taken = self.request.received(self.ahead)
                self.ahead = self.ahead[taken:]
                if not had_headers and self.brings_much():
                    self.make_room_for_body()
                if self.request.expect_continue and not self.request.completed and not self.sent_continue:
                    self.send_continue()
                if self.request.completed:
                    self.sent_continue = False
                    done, self.request = self.request, None
                    if isinstance(done.error, RequestEntityTooLarge):
                        done.error, self.discards_until = TooLarge(done.error.body), time.time() + DISCARD_SECONDS
                    if not done.empty:
                        self.requests.append(done)
                        self.server.add_task(self)
            return not self.will_close
