"""Every `.for_practice(…)` and `.seen_by(…)` taken away in turn, with every policy open.

Behind a filter stands row-level security, so a filter that is gone leaks nothing and no test
could tell. Here the policies let all rows through: the filters alone have to hold. First
the checks of `tests/isolation` are made as things are, noting which filters each check passes;
a check that fails already is one that only the policies hold, and is left out. Then each filter
is made to give all rows, and the checks that pass it are made again, the quickest first, until
one fails.

Checks of three kinds, in this order: what is answered and done (another practice's ids and
words, and a twin beside ours), what a deed answers that is called by itself, and what is asked
of the database: many a filter stands beside a condition that names a row of the practice already
(`patient=patient`). Gone, it changes no answer, as keys between tables are composite; it is the
index's, and a statement that does not name the practice is noticed.
"""

import ast
import sys
import time
from collections import Counter, defaultdict

import pytest

from catalog.models import SharedOrOwnQuerySet
from practice import tenancy
from practice.models import TenantQuerySet
from tests.conftest import DATABASE
from tests.isolation import test_alone, test_canaries, test_ids
from tests.isolation.knocking import rolled_back
from tests.isolation.statements import recorded
from tests.isolation.table import PRACTICE
from tests.stack.processes import ROOT

APPS = ("practice", "catalog", "recommendations", "deliveries")
FILTERS = ((TenantQuerySet, "for_practice"), (SharedOrOwnQuerySet, "seen_by"))
ANSWERS, STATEMENTS = "what is answered or done", "the statement alone"
NOTICED = 0.95


class Filters:
    """Knows where each filter is called, and can take one away."""

    def __init__(self, patch):
        self.passed, self.gone = set(), None
        for owner, name in FILTERS:
            patch.setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, filtering):
        def watched(rows, practice):
            place = self._place(sys._getframe(1))
            self.passed.add(place)
            return rows.all() if place == self.gone else filtering(rows, practice)

        return watched

    @staticmethod
    def _place(frame):
        while not str(frame.f_code.co_filename).startswith(tuple(f"{ROOT}/{app}/" for app in APPS)):
            frame = frame.f_back
        return frame.f_code.co_filename.removeprefix(f"{ROOT}/"), frame.f_lineno


def written_places():
    """Where a filter stands in the sources."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                called = node.func if isinstance(node, ast.Call) else None
                if getattr(called, "attr", "") in {name for _, name in FILTERS}:
                    yield str(path.relative_to(ROOT)), called.end_lineno


def checks(desk):
    """(kind, call) of every check that a missing filter may fail."""
    for name, entry in PRACTICE.items():
        if name in test_ids.with_ids:
            yield ANSWERS, bound(test_ids.test_in_the_path, desk, name)
        if "POST" in entry.methods:
            yield ANSWERS, bound(test_ids.test_in_each_field_of_a_form, desk, name)
            yield ANSWERS, bound(test_ids.test_in_all_fields_of_a_form_at_once, desk, name)
        if "GET" in entry.methods:
            yield ANSWERS, bound(test_ids.test_in_each_parameter_of_an_address, desk, name)
        yield ANSWERS, bound(test_canaries.no_word_of_theirs, desk, name)
    for name in test_alone.COMPARED:
        yield ANSWERS, bound(test_alone.same_as_alone, desk.with_twin, name)
        if name not in test_alone.STAFF_PAGES:
            yield STATEMENTS, bound(no_statement_is_anybodys, desk.with_twin, name)
    for model in test_canaries.OUR_DESKS:
        yield ANSWERS, bound(test_canaries.no_word_of_theirs_at_the_desk, desk, model)
    for name in sorted({*test_ids.our_tasks()} - test_ids.OF_NO_PRACTICE):
        yield ANSWERS, bound(test_ids.test_a_task_of_ours_finds_no_row_of_theirs, desk, name)


def no_statement_is_anybodys(ours, name):
    with recorded(set()) as statements:
        for (clinic, who), names in ours.asked.items():
            if name in names:
                test_alone.seen(clinic, name, who)
    assert not test_alone.anybodys_of(name, statements)


def bound(check, *args):
    def call():
        return check(*args)

    call.name = f"{check.__name__} {args[-1]}"
    return call


def fails(check) -> bool:
    try:
        check()
    except (AssertionError, pytest.fail.Exception):
        return True
    except Exception:  # a page that breaks is noticed, too
        return True
    return False


@pytest.fixture(scope="module")
def desk(policies_open, django_db_blocker):
    """That of `test_ids`, where the other practice's texts are canaries as well."""
    with django_db_blocker.unblock(), rolled_back():
        with_twin = test_alone.made("haven")
        clinic = test_ids.made()
        clinic.with_twin = with_twin
        with tenancy.unit(tenancy.EVERYTHING):
            test_canaries.sing(clinic.theirs.practice, test_canaries.THEIRS)
        yield clinic


@pytest.fixture(scope="module")
def policies_open(ground, django_db_setup):
    with ground.postgres.superuser(DATABASE) as root:
        for table, policy, using, check in root.execute(
            "SELECT tablename, policyname, qual, with_check FROM pg_policies"
        ).fetchall():
            clauses = ("USING (true) " if using else "") + ("WITH CHECK (true)" if check else "")
            root.execute(f"ALTER POLICY {policy} ON {table} {clauses}")


def test_a_missing_filter_is_noticed(desk, monkeypatch, capsys):
    filters = Filters(monkeypatch)
    written = sorted(written_places())
    passing, held_by_policies = defaultdict(list), []
    for kind, check in checks(desk):
        filters.passed.clear()
        began = time.perf_counter()
        if fails(check):
            held_by_policies.append(check.name)
            continue
        took = time.perf_counter() - began
        for place in filters.passed:
            passing[place].append((kind == STATEMENTS, took, kind, check))
    noticed, missed = Counter(), []
    for place in written:
        filters.gone = place
        found = (kind for *_, kind, check in by_time(passing[place]) if fails(check))
        if kind := next(found, None):
            noticed[kind] += 1
        else:
            missed.append((place, "no check" if passing[place] else "no check comes by"))
    with capsys.disabled():
        print(f"\nFilters: {noticed.total()} of {len(written)} taken away were noticed,")
        print(", ".join(f"{count} by {kind}" for kind, count in noticed.items()) + ".")
        print("\n".join(f"not noticed: {path}:{line}: {why}" for (path, line), why in missed))
        print(f"{len(held_by_policies)} checks are held by policies alone:")
        print("\n".join(held_by_policies))
    assert noticed.total() >= len(written) * NOTICED


def by_time(checks):
    return sorted(checks, key=lambda check: check[:2])
