"""A provider on a real socket whose answers a test writes, and which counts what it was asked."""

import json
import threading
import time
from collections import Counter, deque

from tests.provider.servers import Peer, Server, reply

MISSING = reply(404, {"error": {"code": 404, "message": "Task not found", "type": "not_found"}})


def accepted(task_id="n1_ltx2", **more):
    return reply(
        200, {"code": 200, "message": "success", "data": {"task_id": task_id, "status": "IN_PROGRESS", **more}}
    )


def task(status, **more):
    return reply(200, {"code": 200, "message": "success", "data": {"task_id": "n1_ltx2", "status": status, **more}})


def error(code, message="No", *headers):
    return reply(code, {"error": {"code": code, "message": message, "type": "error"}}, *headers)


DONE = task("completed", response=["https://cdn.test/a.mp4"], consumed_credits=24)
RUNNING = task("processing")


class Api:
    """`posts` and `polls` are queues of what to do: bytes to answer with, or a function of the peer. The last
    one stays.
    Before there are any, takes are accepted and done at once.
    """

    def __init__(self):
        self.posts, self.polls = deque([accepted()]), deque([DONE])
        self.by_task = {}  # what the polls of a task are answered with, in place of the next of `polls`
        self.prompts, self.asked = Counter(), Counter()
        self.bodies, self.times, self.lines = [], [], []
        self.lock = threading.Lock()
        self.server = Server(self.serve)
        self.base = self.server.base

    def on_post(self, *answers):
        self.posts = deque(answers)

    def on_poll(self, *answers):
        self.polls = deque(answers)

    def serve(self, peer: Peer):
        while request := peer.read():
            line, _, rest = request.partition(b"\r\n")
            with self.lock:
                self.times.append(time.monotonic())
                self.lines.append(line.split()[0].decode())
                answer = self.note_post(rest) if line.startswith(b"POST") else self.note_poll(line)
            if callable(answer):
                answer(peer)
                return
            peer.send(answer)

    def note_post(self, rest):
        body = rest.partition(b"\r\n\r\n")[2]
        self.bodies.append(body)
        self.prompts[json.loads(body).get("prompt", "")] += 1
        return self.next(self.posts)

    def note_poll(self, line):
        task_id = line.split()[1].rpartition(b"/")[2].decode()
        self.asked[task_id] += 1
        if task_id == "dailies-key-check" and self.keyed:
            return MISSING
        return self.by_task.get(task_id) or self.next(self.polls)

    keyed = True  # whether a poll of a made-up task shows that the key is right

    @staticmethod
    def next(answers):
        return answers.popleft() if len(answers) > 1 else answers[0]

    def close(self):
        self.server.close()


def hang(peer: Peer):
    peer.wait()


def reset(peer: Peer):
    peer.reset()
