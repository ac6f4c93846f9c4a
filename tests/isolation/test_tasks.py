"""Tasks, and what is kept outside of PostgreSQL's policies: each knows its practice (T6)."""

import inspect
import re

import pytest
from celery import current_app
from django.core.cache import cache

from practice import audit, tenancy
from tests.factories import PracticeFactory
from tests.stack.processes import ROOT

OURS = ("practice", "catalog", "recommendations", "deliveries", "config")

# Started without a practice, and why.
SHARED = {
    "practice.tasks.work_off_receipts": "a receipt has none until it is routed",
    "catalog.tasks.run_sync": "a catalogue bought with the operator's credentials is of all",
    "catalog.tasks.fetch_files": "a product that all practices share has one picture",
}

# Every cache key, lock and counter, and how it tells practices apart.
KEYS = {
    ("practice/audit.py", "cache."): "the practice stands in the key",
    ("catalog/formulary.py", "locks.until_the_end"): "the practice's id",
    ("catalog/learn.py", "cache."): "the practice stands in the key",
    ("catalog/match.py", "locks.held"): "the practice's id, or 0 for the shared catalogue",
    ("practice/tasking.py", "cache."): "by a task's name, and the practice's and the row's id",
    ("recommendations/framing.py", "cache."): "by the operator's key and origin, no practice's",
    ("practice/audit_seal.py", "advisory"): "one chain over all practices",
    ("practice/connect.py", "locks.held"): "a connection's id, which is of one practice",
    ("practice/create_there.py", "locks.held"): "a patient's id, which is of one practice",
    ("practice/inbox.py", "locks.held"): "by endpoint, the vendor's account and the thing there",
    ("practice/leases.py", "locks.tried"): "by the model and the row's id",
    ("practice/locks.py", "advisory"): "by kind and the row's id",
    ("recommendations/at_risk.py", "locks.until_the_end"): "the practice's id",
    ("recommendations/sign.py", "locks.until_the_end"): "a connection's id, of one practice",
    ("deliveries/follow.py", "advisory"): "the practice stands in the key",
    ("practice/hooks.py", "limits."): "by endpoint, which is one practice's or the operator's",
    ("practice/views/members.py", "limits."): "by practice",
    ("practice/views/joining.py", "limits."): "by address: who asks is in no practice yet",
}
USES = re.compile(
    r"\b(cache\.)(?:get|set|add|delete|incr|touch|get_or_set)\b"
    r"|(locks\.(?:held|tried|until_the_end))\("
    r"|pg_(?:try_)?(advisory)_(?:xact_)?lock|(limits\.)(?:hit|wait|by_)"
)


def our_tasks():
    current_app.loader.import_default_modules()
    return {
        name: task
        for name, task in current_app.tasks.items()
        if name.startswith(tuple(f"{app}." for app in OURS))
    }


def takes_rows(task):
    return bool(inspect.signature(task.run, follow_wrapped=False).parameters)


@pytest.mark.parametrize("name", sorted(our_tasks()))
def test_a_task_is_one_practices_or_a_sweep(name):
    """Both declare a scope; a plain task would have none, and find no row."""
    wrapped = our_tasks()[name].run
    assert wrapped.__wrapped__.__module__ == name.rpartition(".")[0]
    assert wrapped.__code__.co_filename.endswith("practice/tasking.py")


@pytest.mark.parametrize("name", sorted(n for n, t in our_tasks().items() if takes_rows(t)))
def test_a_task_of_a_practice_refuses_to_run_without_one(name, db):
    if name in SHARED:
        return
    task = our_tasks()[name]
    rows = len(inspect.signature(task.run.__wrapped__).parameters)
    with pytest.raises(tenancy.NoScope):
        task.run(None, *[1] * rows)


def test_tasks_that_need_no_practice_are_listed(db):
    """A row that does not exist is no error of the scope's."""
    free = set()
    for name, task in our_tasks().items():
        if not takes_rows(task):
            continue
        try:
            task.run(None, *[2**40] * len(inspect.signature(task.run.__wrapped__).parameters))
        except tenancy.NoScope:
            continue
        except Exception:  # whatever follows, it was let through
            free.add(name)
        else:
            free.add(name)
    assert free == set(SHARED)


def test_every_cache_key_lock_and_counter_is_listed():
    found = {
        (str(path.relative_to(ROOT)), next(filter(None, use)))
        for app in OURS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for use in USES.findall(path.read_text())
    }
    assert found == set(KEYS)


def test_what_one_practice_was_shown_lately_is_new_in_another(db, rf):
    cache.clear()
    asked = rf.get("/")
    asked.htmx = True
    told = []
    for practice in (PracticeFactory(), PracticeFactory()):
        asked.practice = practice
        told.append(audit._is_new(asked, "the-same-page"))
        cache.set(f"seen:{practice.pk}:{tenancy.actor().user_id}:the-same-page", 1, 60)
        told.append(audit._is_new(asked, "the-same-page"))
    assert told == [True, False, True, False]
