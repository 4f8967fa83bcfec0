"""Taking times side by side, and telling what a request spends on the database and on templates."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import median
from time import thread_time
from typing import Any
from urllib.parse import urlencode

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.template.backends.django import Template
from django.test import RequestFactory

WARM_UP = 5


class Browser:
    """Asks the whole application, from the WSGI environment to the last byte of the body; keeps cookies."""

    def __init__(self) -> None:
        self._application = get_wsgi_application()
        self._factory = RequestFactory(headers={"host": "127.0.0.1:8000", "hx-request": "true"})
        self.cookies: dict[str, str] = {"timezone": "Europe%2FBerlin"}

    def prepare(self, method: str, path: str, data: Any = None, **headers: str) -> Callable[[], str]:
        """A request that can be made again and again: its answer's body. Anything but a success is an error."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        request = self._factory.generic(method, path, headers={"cookie": cookie, **headers}, **encoded(data))
        environ, body = request.environ, request.body

        def ask() -> str:
            answer = self._application({**environ, "wsgi.input": io.BytesIO(body)}, lambda status, headers: None)
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                raise RuntimeError(f"{method} {path}: {answer.status_code}")
            self.cookies.update({name: morsel.value for name, morsel in answer.cookies.items()})
            text = b"".join(answer).decode()
            answer.close()
            return text

        return ask


def encoded(data: Any) -> dict[str, Any]:
    return {"data": urlencode(data), "content_type": "application/x-www-form-urlencoded"} if data else {}


def interleaved(rounds: int, *calls: Callable[[], Any]) -> list[float]:
    """The median of each call in milliseconds, all taken in turns, so that a busy moment hits them alike.

    Milliseconds of this thread's processor (SQLite works in it too), so that a busy neighbour is no part of them. The
    garbage collector runs between the calls, never in one.
    """
    for call in calls * WARM_UP:
        call()
    times: list[list[float]] = [[] for _ in calls]
    with no_collector():
        for _ in range(rounds):
            for call, taken in zip(calls, times, strict=True):
                start = thread_time()
                call()
                taken.append((thread_time() - start) * 1000)
                gc.collect(1)
    return [median(taken) for taken in times]


@contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


@dataclass
class Spent:
    """Milliseconds in SQL and in templates (without the SQL in there), and the statements."""

    sql: float = 0.0
    template: float = 0.0
    statements: list[str] = field(default_factory=list)

    @property
    def for_data(self) -> list[str]:
        """The statements that are not about who asks."""
        return [sql for sql in self.statements if "auth_user" not in sql.partition("FROM")[2].partition("WHERE")[0]]


@contextmanager
def watched() -> Iterator[Spent]:
    """What happens inside is split up."""
    spent, render = Spent(), Template.render

    def timed_query(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        start = thread_time()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.sql += (thread_time() - start) * 1000
            spent.statements.append(sql)

    def timed_render(self: Template, *args: Any) -> Any:
        start, sql = thread_time(), spent.sql
        try:
            return render(self, *args)
        finally:
            spent.template += (thread_time() - start) * 1000 - (spent.sql - sql)

    Template.render = timed_render
    try:
        with connection.execute_wrapper(timed_query):
            yield spent
    finally:
        Template.render = render


def split(rounds: int, call: Callable[[], Any]) -> Spent:
    """The medians of what a call spends; the statements of the last one."""
    seen = []
    with no_collector():
        for _ in range(rounds):
            with watched() as spent:
                call()
            seen.append(spent)
            gc.collect(1)
    return Spent(median(each.sql for each in seen), median(each.template for each in seen), seen[-1].statements)
