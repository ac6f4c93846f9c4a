"""The simulator's README names every knob and action, and what it holds."""

import re

import pytest

from tests.simulators.client import ROOT
from tests.simulators.fullscript import effects
from tests.simulators.fullscript.vendor import VENDOR

README = (ROOT / "tests/simulators/fullscript/README.md").read_text(encoding="utf-8")
TABLES = {name.split("\n")[0]: name for name in README.split("\n## ")}


def named(heading):
    """The names in the first column of a section's table."""
    cells = re.findall(r"^\| ([^|]*) \|", TABLES[heading], re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("heading", "names"), [("Knobs", VENDOR.knobs), ("Actions", VENDOR.actions)]
)
def test_the_tables_name_what_there_is(heading, names):
    assert named(heading) == set(names)


def test_the_record_is_described_whole():
    for name in (*effects.LISTS, *effects.COUNTED, "refreshes", "webhooks"):
        assert f"`{name}`" in README


def test_every_knob_stands_in_a_group_with_words():
    assert all(knob.group and knob.about for knob in VENDOR.knobs.values())
