"""A provider on loopback that keeps the books against which the studio's are checked."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.provider.servers import Peer, Server, reply

SLOW, TOO_SLOW = (0.05, 0.4), 2.5
DONE = ("completed", {"response": ["https://cdn.test/a.mp4"], "consumed_credits": 24})
ENDS = (DONE, DONE, DONE, ("failed", {"error_message": "Too dark"}))
KINDS = {"at once": 40, "slowly": 25, "too slowly": 1, "429": 12, "400": 10, "500": 6, "hangs up": 6}


@dataclass
class Books:
    begun: int = 0  # POSTs of which anything arrived
    whole: Counter[str] = field(default_factory=Counter)  # POSTs that arrived whole, by prompt
    turned_away: Counter[str] = field(default_factory=Counter)  # of those, which were answered with a 429
    answered: dict[str, str] = field(default_factory=dict)  # task ids that were sent, and for which prompt


class Provider:
    """Answers each POST in one of several ways; `kind`: always with a task id, after a while."""

    def __init__(self, seed: int) -> None:
        self.seed, self.kind = seed, False
        self.books, self.lock = Books(), threading.Lock()
        self.tasks: dict[str, list[tuple[str, dict[str, Any]]]] = {}  # what the polls to come will hear
        self.dice = random.Random(seed)
        self.server = Server(self.serve)
        self.base = self.server.base

    def close(self) -> None:
        self.server.close()

    def serve(self, peer: Peer) -> None:
        while piece := peer.sock.recv(65536):
            if piece.startswith(b"POST"):
                self.post(peer, piece)
                return
            peer.send(self.poll(piece.split()[1].rpartition(b"/")[2].decode()))

    def post(self, peer: Peer, piece: bytes) -> None:
        with self.lock:
            self.books.begun += 1
        prompt = json.loads(body_of(peer, piece))["prompt"]
        with self.lock:
            self.books.whole[prompt] += 1
            time_of_it = self.books.whole[prompt]
        dice = random.Random(f"{self.seed} {prompt} {time_of_it}")
        kind = "slowly" if self.kind else dice.choices(list(KINDS), list(KINDS.values()))[0]
        if kind in ("slowly", "too slowly"):
            time.sleep(dice.uniform(*SLOW) if kind == "slowly" else TOO_SLOW)
        if kind == "429":
            with self.lock:
                self.books.turned_away[prompt] += 1
            peer.send(fault(429, "Retry-After: 0"))
        elif kind in ("400", "500"):
            peer.send(fault(int(kind)))
        elif kind != "hangs up":
            self.accept(peer, prompt, f"n{time_of_it}-{prompt.replace(' ', '-')}", dice)

    def accept(self, peer: Peer, prompt: str, task_id: str, dice: random.Random) -> None:
        with self.lock:
            self.tasks[task_id] = [("processing", {})] * dice.randint(0, 3) + [dice.choice(ENDS)]
        peer.send(task(task_id, "IN_PROGRESS"))
        with self.lock:
            self.books.answered[task_id] = prompt

    def poll(self, task_id: str) -> bytes:
        with self.lock:
            if task_id not in self.tasks:
                return fault(404)
            if not self.kind and self.dice.random() < 0.02:
                return fault(503)
            to_come = self.tasks[task_id]
            status, more = to_come.pop(0) if len(to_come) > 1 else to_come[0]
        return task(task_id, status, **more)


def task(task_id: str, status: str, **more: Any) -> bytes:
    return reply(200, {"code": 200, "message": "success", "data": {"task_id": task_id, "status": status, **more}})


def fault(code: int, *headers: str) -> bytes:
    return reply(code, {"error": {"code": code, "message": f"No: {code}", "type": "error"}}, *headers)


def body_of(peer: Peer, request: bytes) -> bytes:
    """All of it, or an error. `request`: what has come so far."""
    while b"\r\n\r\n" not in request:
        request += some(peer)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += some(peer)
    return body


def some(peer: Peer) -> bytes:
    if piece := peer.sock.recv(65536):
        return piece
    raise ConnectionError
