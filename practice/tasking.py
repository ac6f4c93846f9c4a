"""The one place that opens a practice for Celery tasks.

`@practice_task` makes a task whose first argument is a practice's id (or None for shared
rows where `shared=True`). `@sweep_task` makes one that looks over all practices for what
is due and starts a nudge for each: it reads ids and nothing else.
"""

import contextlib
import functools
import logging
import os
import threading
import time
from collections.abc import Iterable

import structlog
from celery import current_task, shared_task
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from practice import budget, jobs, tenancy
from practice.leases import Watch

log = logging.getLogger("regimen.tasks")

# Seconds after which a nudge that no worker took up is given for lost: one for all that is
# due, and one for a row, which may wait its turn behind others.
LOST_AFTER, LOST_AFTER_WAITING = 5, 30
# Seconds in which nudges are gathered behind the first, which leaves at once.
GATHERED = 0.05


def practice_task(
    function=None, *, shared=False, background=False, on: Watch | None = None, **options
):
    """`background` marks what nobody waits for: reading lists, looking again. It asks less of
    a vendor than people may (`practice/budget.py`). A task `on` rows that are watched is given
    a row's id and does nothing while another works on that row."""

    def decorate(function):
        pace = budget.background if background else contextlib.nullcontext

        @functools.wraps(function)
        def in_scope(practice_id, *args, **kwargs):
            _forget(_nudged(f"{function.__module__}.{function.__name__}", practice_id, args))
            if practice_id is None and not shared:
                raise tenancy.NoScope(f"{function.__name__} was started without a practice")
            scope = tenancy.EVERYTHING if practice_id is None else tenancy.of_practice(practice_id)
            with (
                tenancy.declare(scope),
                tenancy.acting(_task(function)),
                _told(practice_id),
                pace(),
                on.alone(args[0]) if on else contextlib.nullcontext(True) as is_free,
            ):
                return function(*args, **kwargs) if is_free else None

        return shared_task(in_scope, **options)

    return decorate(function) if function else decorate


def sweep_task(function):
    """Each run is noted for the staff's desk of periodic jobs, in one statement."""
    name = f"{function.__module__}.{function.__name__}"

    @functools.wraps(function)
    def in_scope():
        started = timezone.now()
        try:
            with (
                tenancy.declare(tenancy.EVERYTHING),
                tenancy.acting(_task(function)),
                budget.background(),
            ):
                answer = function()
        except Exception as error:
            jobs.record(name, started, timezone.now(), error)
            raise
        jobs.record(name, started, timezone.now(), None)
        return answer

    return shared_task(in_scope, ignore_result=True)


def _task(function) -> tenancy.Actor:
    via = f"task:{function.__module__}.{function.__name__}"
    return tenancy.Actor(via=via, request_id=_request_id())


def _request_id() -> str:
    """Of the request that nudged the running task; '' for what a sweep found."""
    return getattr(current_task.request, "request_id", None) or "" if current_task else ""


def _told(practice_id):
    """What the task's log lines say of it."""
    known = {"practice_id": practice_id, "request_id": _request_id()}
    return structlog.contextvars.bound_contextvars(**{k: v for k, v in known.items() if v})


def nudge(task, practice_id, *args):
    """Starts `task` once the current transaction is committed. A broker that is away is no
    error: the sweep finds the row."""
    transaction.on_commit(functools.partial(_publish, task, practice_id, args))


def nudge_due(task, rows: Iterable[tuple[int | None, int]]):
    """Starts `task` for each (practice id, row id) that a sweep found due, but for those whose
    nudge still waits for a worker: a long queue would grow by all its rows with every sweep."""
    transaction.on_commit(functools.partial(_publish_due, task, list(rows)))


def nudge_once(task):
    """Starts `task`, which takes all that is due, once the current transaction is committed:
    unless one was started that has not begun, for that one will find the row. Nobody waits for
    the broker: a thread of the process asks it, once for all nudges of a moment."""
    transaction.on_commit(lambda: _gatherer(task, os.getpid()).asked.set())


@functools.cache
def _gatherer(task, process_id):
    gatherer = _Gatherer(task)
    gatherer.start()
    return gatherer


class _Gatherer(threading.Thread):
    """One task's nudges. With a process that dies a nudge is lost, and the sweep finds the row."""

    def __init__(self, task):
        super().__init__(name=f"nudges {task.name}", daemon=True)
        self.task, self.asked = task, threading.Event()

    def run(self):
        while self.asked.wait():
            self.asked.clear()  # before it looks: whoever asks from now on has another row
            _publish_once(self.task)
            time.sleep(GATHERED)


def begun(task):
    """Said by such a task before it looks: whoever nudges from now on starts another."""
    _forget(_asked_for(task))


def _forget(key: str):
    with contextlib.suppress(RedisError):
        cache.delete(key)


def _nudged(name: str, practice_id: int | None, args) -> str:
    return f"nudged:{name}:{practice_id}:{':'.join(map(str, args))}"


def _publish_once(task):
    try:
        is_first = cache.add(_asked_for(task), True, timeout=LOST_AFTER)
    except RedisError:
        log.warning("broker_away", extra={"task": task.name})
        return
    if is_first:
        _publish(task, None, ())


def _asked_for(task) -> str:
    return f"asked-for:{task.name}"


def _publish_due(task, rows):
    for practice_id, row_id in rows:
        try:
            is_first = cache.add(_nudged(task.name, practice_id, (row_id,)), 1, LOST_AFTER_WAITING)
        except RedisError:
            log.warning("broker_away", extra={"task": task.name})
            return
        if is_first:
            _publish(task, practice_id, (row_id,))


def _publish(task, practice_id, args):
    try:
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        task.apply_async((practice_id, *args), retry=False, headers={"request_id": request_id})
    except task.OperationalError:
        log.warning("broker_away", extra={"task": task.name})
