"""The sandbox's one page: what it was asked for last, so that a person can look up a task id whose answer was lost."""

from collections.abc import Iterable
from datetime import datetime
from html import escape

from .api import Answer, page
from .tasks import Task

SHOWN = 50

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }}
body {{ max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.25rem; }} p {{ opacity: .7; max-width: 42rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid #8884; }}
th {{ font-weight: 500; opacity: .6; }}
td:nth-child(-n+3) {{ white-space: nowrap; font: .85rem/1.75 ui-monospace, monospace; }}
td:nth-child(4) {{ overflow-wrap: anywhere; }}
</style></head><body>
<h1>Sandbox: the provider’s dashboard</h1>
<p>A stand-in for the paid API. Nothing here costs anything. These are the last tasks, newest first.</p>
<table><thead><tr><th>Task</th><th>Asked</th><th>Seed</th><th>Prompt</th><th>Status</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def dashboard(tasks: Iterable[tuple[Task, str]]) -> Answer:
    """The page for tasks, each with its status."""
    rows = "\n".join(_row(task, status) for task, status in tasks)
    return page(_PAGE.format(rows=rows or '<tr><td colspan="5">No tasks yet.</td></tr>'))


def _row(task: Task, status: str) -> str:
    asked = datetime.fromtimestamp(task.created).strftime("%Y-%m-%d %H:%M:%S")
    cells = (task.id, asked, str(task.seed), task.prompt or f"({task.request['type']})", status)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
