"""Every way in which asking for a take can go wrong, and what it means for the money. `test_matrix` lets each of them
happen between a real worker and a real socket; `test_readme` holds the README to these words.
"""

from dataclasses import dataclass

from tests.provider.servers import Peer, reply

from .server import Fault, breaks_tls, envelope, nobody_listens, says, sends

# What happens next
AGAIN = "sent again by itself, after growing pauses"
TOLD = "sent again by itself, after the time that the provider names"
YOURS = "never sent again by itself; you follow its task id, send it again or close it"
OVER = "not sent again; change it and ask anew"
CLICK = "held with all other unsent takes until you click; nothing paid is tried before"

NOT_YET = "Not charged yet · 24 when it is sent"
MAYBE = "No answer, may be charged: about 24"
NO = "Not charged"

OK = b"HTTP/1.1 200 OK\r\n"
HALF = b'{"code":200,"data":{"task_id":"n50'
KILLED = Fault(Peer.wait)
REDIRECT = Fault()  # its target is known to the server only

WAIT_1 = "Retry-After: 1"
SOON = "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"  # a date, which is over


@dataclass(frozen=True)
class Line:
    fault: str
    provider: Fault
    status: str
    charged: str
    money: str
    card: str  # a part of what the take's page says
    next: str
    posts: int  # that reached the provider, for this take, until it was well again
    held: str = ""


def unsent(fault: str, provider: Fault, card: str) -> Line:
    return Line(fault, provider, "queued", "no", NOT_YET, card, AGAIN, posts=0)


def turned_away(fault: str, provider: Fault, after: str) -> Line:
    return Line(fault, provider, "queued", "no", NOT_YET, "takes no more requests for the moment", after, posts=1)


def refused(fault: str, provider: Fault, words: str) -> Line:
    return Line(fault, provider, "failed", "no", NO, words, OVER, posts=1)


def unclear(fault: str, provider: Fault, card: str) -> Line:
    return Line(fault, provider, "unconfirmed", "maybe", MAYBE, card, YOURS, posts=1)


def stopped(fault: str, provider: Fault, held: str, card: str) -> Line:
    return Line(fault, provider, "queued", "no", NOT_YET, card, CLICK, posts=1, held=held)


MATRIX = [
    # It certainly never left, or was turned away unread
    unsent("The provider's name is not found", Fault(address=lambda: "http://no-such-host.invalid/api/v1"),
           "the server's name cannot be found"),
    unsent("The connection is refused", Fault(address=nobody_listens), "the server refuses connections"),
    unsent("The TLS handshake fails", Fault(unread=lambda peer: peer.send(b"220 mail\r\n"), tls=True,
                                            shakes_hands=False), "the secure connection failed"),
    turned_away("429", says(429, envelope(429, "Slow down")), AGAIN),
    turned_away("429 with `Retry-After` in seconds", says(429, envelope(429, "Slow down"), WAIT_1), TOLD),
    turned_away("429 with `Retry-After` as a date", says(429, envelope(429, "Slow down"), SOON), TOLD),
    # A definite refusal of this take
    refused("400", says(400, envelope(400, "Bad prompt")), "Bad prompt"),
    refused("403", says(403, envelope(403, "Not for you")), "Not for you"),
    refused("404", says(404, envelope(404, "No such model")), "No such model"),
    refused("422", says(422, envelope(422, "Bad seed")), "Bad seed"),
    refused("An error of these codes inside a 200", says(200, {"code": 400, "message": "Bad prompt"}), "Bad prompt"),
    # The account is in trouble
    stopped("401: the key is refused", says(401, envelope(401, "Wrong key")), "key", "The provider refused the key."),
    stopped("402: the credits are used up", says(402, envelope(402, "Too few")), "credits", "credits are used up"),
    stopped("402 inside a 200", says(200, {"code": 402, "message": "Too few"}), "credits", "credits are used up"),
    # It may have arrived, and nobody can ask
    unclear("TLS breaks after the request was read", Fault(breaks_tls, tls=True), "the secure connection failed"),
    unclear("No answer in time", Fault(Peer.wait), "the server took too long to answer"),
    unclear("Reset before the request was read", Fault(unread=Peer.reset), "the connection broke"),
    unclear("Reset after the request was read", Fault(Peer.reset), "the connection broke"),
    unclear("Half an answer", sends(OK + b"Content-Length: 400\r\nConnection: close\r\n\r\n" + HALF),
            "the connection broke off in the middle"),
    unclear("408", says(408, envelope(408, "Too slow")), "error (408)"),
    unclear("409", says(409, envelope(409, "Twice?")), "error (409)"),
    unclear("500", says(500, envelope(500, "Oops")), "error (500)"),
    unclear("502", says(502, b"<html>Bad gateway</html>"), "error (502)"),
    unclear("503", says(503, envelope(503, "Overloaded")), "error (503)"),
    unclear("A page of HTML in place of JSON", sends(reply(200, b"<html>Welcome</html>")), "could not be read"),
    unclear("A yes without a task id", says(200, {"code": 200, "data": {}}), "gave no task id"),
    unclear("A redirect, which is not followed", REDIRECT, "error (307)"),
    unclear("An answer over 1 MiB", sends(reply(200, b" " * (1024 * 1024 + 1))), "the answer is too large"),
    unclear("An answer that drips for ever", Fault(lambda peer: peer.drip(OK + b"Content-Length: 9999\r\n\r\n{")),
            "the server took too long to answer"),
    unclear("The worker is killed while it waits", KILLED, "The studio stopped while this was being sent."),
]  # fmt: skip

STATUS = {"queued": "queued", "failed": "failed", "unconfirmed": "unconfirmed"}
CHARGED = {"no": "not charged", "maybe": "may be charged, counts as spent"}


def table() -> list[str]:
    """The matrix as the README shows it: lines with the same outcome in one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for line in MATRIX:
        outcome = ("held" if line.held else STATUS[line.status], CHARGED[line.charged], line.next)
        rows.setdefault(outcome, []).append(line.fault)
    lines = ["| what breaks | the take is | your credits | then |", "|---|---|---|---|"]
    return lines + [f"| {'; '.join(faults)} | {' | '.join(outcome)} |" for outcome, faults in rows.items()]
