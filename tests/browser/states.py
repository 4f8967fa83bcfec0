"""A take in each state that a card can show, put where it is without any waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.history import add_takes
from tests.browser.kept import keep
from tests.browser.process import Studio

PROMPT = "Slow dolly along a pine ridge at first light, pale sun in the haze, mist between the hills"
LINK = "https://cdn.invalid/video.mp4"
LONG = "The prompt was flagged by the safety filter of the provider. Please adjust the prompt and try again. " * 3


def at(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%d %H:%M:%S")


def states() -> dict[str, dict[str, Any]]:
    """What is stored of each. Nothing of it is due, so no worker changes it."""
    sent = {"submitted_at": at(minutes=3), "charged": "maybe"}
    running = {"status": "running", "task_id": "n501234_ltx2", **sent}
    late = {**running, "submitted_at": at(hours=1), "late_since": at(minutes=30)}
    done = {"status": "succeeded", **sent, "charged": "yes", "finished_at": at(minutes=1)}
    closed = {"status": "closed", **sent, "finished_at": at(minutes=1)}
    soon = at(hours=-1)
    return {
        "queued": {"status": "queued"},
        "waits after 429": {"status": "queued", "attempts": 2, "message": "Not taken yet: too many requests."},
        "foreign": {"status": "queued", "provider": "https://elsewhere.test/api/v1"},
        "foreign running": {**running, "provider": "https://elsewhere.test/api/v1"},
        **{f"held {why}": {"status": "queued", "held": why} for why in ("key", "credits", "waited")},
        "held link": {
            "status": "queued", "held": "link",
            "message": "The provider could not fetch the picture: its address is on this computer only.",
        },
        "submitting": {"status": "submitting", **sent},
        "running": running,
        "given": {**running, "task_id_given": 1},
        "late": late,
        "late and given": {**late, "task_id_given": 1},
        "lost": {**running, "lost_since": at(minutes=5)},
        "no link": {**late, "message": "Completed, but the provider's answer holds no link that we know."},
        "unconfirmed": {"status": "unconfirmed", **sent},
        "failed": {"status": "failed", "message": "Too dark", "finished_at": at(minutes=1)},
        "failed at length": {"status": "failed", "message": LONG, "finished_at": at(minutes=1)},
        "linked": {**done, "video_url": LINK, "keeping": "off"},
        "keeping": {**done, "video_url": LINK, "keeping": "pending"},
        "not kept": {**done, "video_url": LINK, "keeping": "failed", "keep_why": "The link answers 404."},
        "no address": {**done, "video_url": "javascript:alert(1)"},
        "never arrived": {**closed, "charged": "no"},
        "written off": closed,
        "written off, to undo": {**closed, "undo_until": soon},
        "given up, to undo": {**closed, "task_id": "n509_ltx2", "undo_until": soon},
        "canceled": {"status": "canceled", "finished_at": at(minutes=1)},
        "canceled, to undo": {"status": "canceled", "finished_at": at(minutes=1), "undo_until": soon},
    }  # fmt: skip


def put_all(studio: Studio) -> dict[str, int]:
    """The number of the take in each state."""
    wanted = states()
    made = add_takes(studio, ({"prompt": f"{name}: {PROMPT}", **columns} for name, columns in wanted.items()))
    kept = keep(studio, {"prompt": f"kept: {PROMPT}"}, {"prompt": f"kept upright: {PROMPT}", "size": (180, 320)})
    return dict(zip([*wanted, "kept", "kept upright"], [*made, *kept], strict=True))
