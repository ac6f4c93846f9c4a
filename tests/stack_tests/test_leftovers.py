import json
import subprocess
import sys

import psutil
import pytest

from tests.stack import leftovers

WAITS = [sys.executable, "-c", "input()"]


@pytest.fixture
def child():
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def test_what_a_killed_demo_noted_is_ended(tmp_path, child):
    leftovers.note(tmp_path / "children.json")
    # The note of this process has the suite's own services too: keep only the child.
    noted = json.loads((tmp_path / "children.json").read_text())
    mine = [entry for entry in noted if entry[0] == child.pid]
    (tmp_path / "children.json").write_text(json.dumps(mine))
    assert leftovers.clear(tmp_path / "children.json") == 1
    assert not psutil.pid_exists(child.pid)


def test_a_stranger_with_the_same_number_is_left_alone(tmp_path, child):
    created = psutil.Process(child.pid).create_time() - 3600
    (tmp_path / "children.json").write_text(json.dumps([[child.pid, created]]))
    assert leftovers.clear(tmp_path / "children.json") == 0
    assert child.poll() is None


def test_a_note_cut_short_is_no_reason_to_fail(tmp_path):
    (tmp_path / "children.json").write_text("[[12")
    assert leftovers.clear(tmp_path / "children.json") == 0
