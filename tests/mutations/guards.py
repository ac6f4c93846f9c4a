"""Every guard of `without.GUARDS` taken away in turn: a test notices each, and is named.

The tests run in a process of their own, as modules hold on to what they import. First the
same tests pass with all guards standing.
"""

import os
import re
import subprocess
import sys

from tests.conftest import GROUND
from tests.mutations.without import GUARDS, NAME
from tests.stack.processes import ROOT

FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+)", re.M)


def run(tests, *more, **variables):
    """(whether all passed, the first that did not)."""
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *more, *tests],
        cwd=ROOT,
        env={**without_ours(), **variables},
        capture_output=True,
        text=True,
    )
    failed = FAILED.search(told.stdout)
    assert told.returncode == (1 if failed else 0), told.stdout + told.stderr
    return failed[1] if failed else ""


def without_ours() -> dict[str, str]:
    """The environment without what our own ground put there: theirs stands on its own."""
    return {name: value for name, value in os.environ.items() if name not in GROUND.environment}


def test_a_missing_guard_is_noticed(capsys):
    assert run(sorted({test for guard in GUARDS.values() for test in guard.tests})) == ""
    noticed = {
        name: run(guard.tests, "-p", "tests.mutations.without", **{NAME: name})
        for name, guard in GUARDS.items()
    }
    with capsys.disabled():
        print(f"\nGuards: {sum(map(bool, noticed.values()))} of {len(GUARDS)} taken away noticed.")
        for name, test in noticed.items():
            print(f"{name}: {test or 'NOT NOTICED'}")
    assert all(noticed.values())
