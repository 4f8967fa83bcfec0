"""What has to hold of the studio's rows, held against the provider's books."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from studio import clock
from studio.generations.events import GenerationEvent
from studio.generations.models import Generation

from .machine import Machine
from .points import KEPT
from .provider import Books

FINAL = {"succeeded", "failed"}
RESTING = {*FINAL, "unconfirmed"}


@dataclass
class Watch:
    """How long a take was due, or in one claim, without anything happening to it while the machine worked."""

    machine: Machine
    since: dict[int, tuple[tuple[object, ...], float]] = field(default_factory=dict)
    longest: float = 0
    what: str = ""

    def look(self) -> Counter[str]:
        """How many takes there are of each status."""
        now, at = clock.now(), self.machine.now()
        for row in Generation.objects.filter(due_at__isnull=False).order_by().values(*SEEN):
            due_at, pk, *seen = row.pop("due_at"), row.pop("pk"), *row.values()
            if due_at > now and not row["claim_token"]:
                self.since.pop(pk, None)
                continue
            before, since = self.since.get(pk, ((), at))
            if before != tuple(seen):
                since = at
            self.since[pk] = tuple(seen), since
            if at - since > self.longest:
                self.longest, self.what = at - since, f"take {pk}, {row}"
        return Counter(Generation.objects.order_by().values_list("status", flat=True))


SEEN = ("due_at", "pk", "status", "claim_token", "polls", "attempts")


def broken(books: Books, at_rest: bool) -> list[str]:
    """Each promise that is broken, in a sentence. `at_rest`: nothing should be under way any more."""
    rows = {row.prompt: row for row in Generation.objects.all()}
    events: dict[int, list[GenerationEvent]] = defaultdict(list)
    for event in GenerationEvent.objects.order_by("id"):
        events[event.generation_id].append(event)
    found = [f"{prompt} is not known" for prompt in books.whole if prompt not in rows]
    sent = 0
    for prompt, row in rows.items():
        story = [(event.from_status, event.to_status) for event in events[row.pk]]
        sent += story.count(("queued", "submitting"))
        faults = [*of_row(row, at_rest), *of_story(row, story), *of_posts(books, prompt, story)]
        found += [f"{prompt} ({row.status}, {row.task_id or 'no task id'}): {fault}. {story}" for fault in faults]
    if books.begun > sent:
        found.append(f"{books.begun} POSTs began, but only {sent} were written down before")
    return found + [
        f"{task_id} of {prompt} ({rows[prompt].status}) is lost"
        for task_id, prompt in books.answered.items()
        if rows[prompt].status != "unconfirmed" and task_id not in (rows[prompt].task_id, rows[prompt].other_task_id)
    ]


def lost(trapped: list[tuple[str, int | None]]) -> list[str]:
    """An answer that was kept before its worker died or stopped is not even shown as unconfirmed."""
    kept = {take: point for point, take in trapped if point in KEPT}
    rows = Generation.objects.filter(pk__in=kept, task_id="")
    return [f"{row.prompt} ({row.status}) has no task id, though its worker ended at: {kept[row.pk]}" for row in rows]


def of_row(row: Generation, at_rest: bool) -> list[str]:
    found = []
    if at_rest and row.status not in RESTING:
        found.append("unsent" if row.status == "queued" else "never finished")
    if row.held:
        found.append(f"held: {row.message}")
    if row.status == "unconfirmed" and row.charged != "maybe":
        found.append("unconfirmed, but said to cost nothing")
    if at_rest and row.due_at and row.other_state != "running":
        found.append("at rest, but due")
    return found


def of_story(row: Generation, story: list[tuple[str, str]]) -> list[str]:
    found = []
    came_from, went_to = [before for before, _ in story], [after for _, after in story]
    if came_from != ["", *went_to[:-1]] or went_to[-1] != row.status:
        found.append("its history has a gap")
    if sum(to in FINAL and before != to for before, to in story) > 1:
        found.append("it had two final states")
    return found


def of_posts(books: Books, prompt: str, story: list[tuple[str, str]]) -> list[str]:
    found = []
    if books.whole[prompt] - books.turned_away[prompt] > 1:
        found.append(f"sent twice: {books.whole[prompt]} POSTs, {books.turned_away[prompt]} turned away")
    if books.whole[prompt] > story.count(("queued", "submitting")):
        found.append("sent without being written down before")
    return found


@dataclass(frozen=True)
class Count:
    """Of takes, as in the comparison with other queues."""

    takes: int
    posts: int
    twice: int
    unsent: int
    unconfirmed: int

    def __str__(self) -> str:
        return f"sent twice: {self.twice}, unsent: {self.unsent}, shown as unconfirmed: {self.unconfirmed}"


def count(books: Books) -> Count:
    status = Counter(Generation.objects.order_by().values_list("status", flat=True))
    twice = sum(number - books.turned_away[prompt] > 1 for prompt, number in books.whole.items())
    return Count(status.total(), books.whole.total(), twice, status["queued"], status["unconfirmed"])
