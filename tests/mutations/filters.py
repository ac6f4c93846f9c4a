"""Every `.for_practice(…)` and `.seen_by(…)` taken away in turn, with every policy open.

Behind a filter stands row-level security, so a filter that is gone leaks nothing and no test
could tell. Here the policies let all rows through: the filters alone have to hold. First
the checks of `tests/isolation` (every address with another practice's ids, and its words on
every page) are made as things are, noting which filters each check passes; a check that
fails already is one that only the policies hold, and is left out. Then each filter is
made to give all rows, and the checks that pass it are made again until one fails.

Not all that are printed are gaps: most stand beside a second condition that names a row of the
practice already (`patient=patient`, `.of(membership)`), and change nothing by being gone.
"""

import sys
from collections import defaultdict

import pytest

from catalog.models import SharedOrOwnQuerySet
from practice import tenancy
from practice.models import TenantQuerySet
from tests.conftest import DATABASE
from tests.isolation import test_alone, test_canaries, test_ids
from tests.isolation.knocking import rolled_back
from tests.isolation.table import PRACTICE
from tests.stack.processes import ROOT

EACH_FIELD = test_ids.test_in_each_field_of_a_form
ALL_FIELDS = test_ids.test_in_all_fields_of_a_form_at_once
APPS = ("practice", "catalog", "recommendations", "deliveries")


class Filters:
    """Knows where each filter is called, and can take one away."""

    def __init__(self, patch):
        self.passed, self.gone = set(), None
        for owner, name in ((TenantQuerySet, "for_practice"), (SharedOrOwnQuerySet, "seen_by")):
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
    """How many filters stand in the sources."""
    count = 0
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            count += text.count(".for_practice(") + text.count(".seen_by(")
    return count


def checks(desk):
    """(name, call) of every check that a missing filter may fail."""
    for name, entry in PRACTICE.items():
        if name in test_ids.with_ids:
            yield f"ids in the path of {name}", bound(test_ids.test_in_the_path, desk, name)
        if "POST" in entry.methods:
            yield f"ids in fields of {name}", bound(EACH_FIELD, desk, name)
            yield f"ids in all of {name}", bound(ALL_FIELDS, desk, name)
        if "GET" in entry.methods:
            yield (
                f"ids asked of {name}",
                bound(test_ids.test_in_each_parameter_of_an_address, desk, name),
            )
        yield f"words on {name}", bound(test_canaries.no_word_of_theirs, desk, name)
        if name in desk.with_twin.steady:
            yield f"a twin beside {name}", bound(test_alone.same_as_alone, desk.with_twin, name)


def bound(check, *args):
    return lambda: check(*args)


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
    passing, held_by_policies = defaultdict(list), []
    for name, check in checks(desk):
        filters.passed.clear()
        if fails(check):
            held_by_policies.append(name)
        else:
            for place in filters.passed:
                passing[place].append(check)
    missed = []
    for place, calls in sorted(passing.items()):
        filters.gone = place
        if not any(fails(check) for check in calls):
            missed.append(place)
    with capsys.disabled():
        noticed = len(passing) - len(missed)
        print(f"\nFilters: {noticed} of {len(passing)} taken away were noticed.")
        print(f"{written_places()} stand in the sources; tasks and the staff desk have the others.")
        print("\n".join(f"not noticed: {path}:{line}" for path, line in missed))
        print(f"{len(held_by_policies)} checks are held by policies alone:")
        print("\n".join(held_by_policies))
    assert passing
