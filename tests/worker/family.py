"""What the provider documents, and what its other pages, its sister sites and public clients have shown: every form in
which an answer may come, by what it means.
"""

import json

TASK = "n50_ltx2"
LINK = "https://cdn.test/a.mp4"


def enveloped(data, **more):
    return {"code": 200, "message": "success", "data": data, **more}


CREATED = [
    enveloped({"task_id": TASK, "status": "IN_PROGRESS"}),
    {"id": TASK, "status": "pending", "model": "ltx-2", "created_at": 1764324000},
    enveloped({"task_id": TASK, "status": "IN_PROGRESS", "consumed_credits": 24}),
    enveloped({"task_id": TASK, "state": "NOT_START", "credits_consumed": "24"}),
    enveloped({"task_id": TASK, "task_status": "queued", "credits_reserved": 24}),
    {"code": 0, "message": "SUCCEED", "request_id": "r1", "data": {"task_id": TASK, "task_status": "submitted"}},
]  # fmt: skip

RUNNING = [
    "IN_PROGRESS",
    "NOT_START",
    "pending",
    "queued",
    "processing",
    "Processing",
    "stage_two_of_three",
    "",
    None,
    1,
]
DONE = ["completed", "SUCCESS", "succeed", "succeeded", "done", "finished", "ok", "COMPLETED"]
UNSAID = ["ready", "", None, 2, "published"]  # done by the link alone
OVER = [
    "failed", "ERROR", "canceled", "cancelled", "expired", "timeout", "rejected", "aborted", "content_moderated",
    "NSFW_FILTERED", "Failed",
]  # fmt: skip
STATUS = ["status", "state", "task_status"]
PLACES = [
    {"response": [LINK]}, {"response": LINK}, {"response": [{"url": LINK}]}, {"output": {"video_url": LINK}},
    {"video_url": LINK}, {"video_url": f" {LINK}\n"}, {"outputs": [LINK]}, {"outputs": [{"url": LINK}]},
    {"videos": [{"url": LINK, "cover_url": "https://cdn.test/cover"}]}, {"result": {"video_url": LINK}},
    {"task_result": {"videos": [{"id": "v1", "url": LINK, "duration": "5.0"}]}}, {"output": LINK}, {"output": [LINK]},
]  # fmt: skip
ELSEWHERE = [  # the only link, in a place that nobody has told of
    {"files": [{"href": LINK}]}, {"resultJson": json.dumps({"resultUrls": [LINK]})}, {"media": {"mp4": LINK}},
]  # fmt: skip
REASONS = [
    {"error_message": "Bad face"}, {"error": "Bad face"}, {"error": {"code": 7, "message": "Bad face"}},
    {"message": "Bad face"}, {"fail_reason": "Bad face"}, {"task_status_msg": "Bad face"},
    {"error_message": "SUCCEED", "message": "ok", "fail_reason": "Bad face"},
]  # fmt: skip
REFUSALS = [
    (400, {"error": {"code": 400, "message": "Bad face", "type": "invalid_request"}}),
    (400, {"error": {"code": "bad_face", "message": "Bad face"}}), (422, {"detail": "Bad face"}),
    (422, {"detail": [{"loc": ["body", "image"], "msg": "Bad face", "type": "value_error"}]}),
    (400, {"errors": ["Bad face"]}), (400, {"errors": [{"message": "Bad face"}]}),
    (200, {"code": 400, "message": "Bad face"}), (200, {"code": "422", "data": {"message": "Bad face"}}),
]  # fmt: skip


def said(name, word):
    return {} if word == "" else {name: word}


def finished():
    """Every way to say that a video is there: each place, each word, and with `data` around it or not."""
    found = [enveloped({"task_id": TASK, "status": "completed", **place}) for place in PLACES + ELSEWHERE]
    found += [enveloped({"task_id": TASK, STATUS[n % 3]: word, **PLACES[n % 3]}) for n, word in enumerate(DONE)]
    found += [enveloped({"task_id": TASK, **said(STATUS[n % 3], word), **PLACES[-n]}) for n, word in enumerate(UNSAID)]
    return found + [{"id": TASK, "status": "succeed", **place} for place in PLACES[:4]]


def running():
    return [enveloped({"task_id": TASK, **said(STATUS[n % 3], word)}) for n, word in enumerate(RUNNING)]


def over():
    found = [enveloped({"task_id": TASK, STATUS[n % 3]: word, **REASONS[n % 7]}) for n, word in enumerate(OVER)]
    return found + [enveloped({"task_id": TASK, "status": "failed", **reason}) for reason in REASONS]
