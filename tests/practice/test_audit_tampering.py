"""Goal H4: random tampering with the audit trail, by PostgreSQL's superuser with all triggers
off, is found every time, given the last head outside."""

import pytest

from tests.practice.tampering import Tamperer
from tests.practice.trail import Trail, heads_in

DAYS, ROWS = 5, 30


@pytest.fixture
def tamperer(committed_db, ground, settings, tmp_path):
    settings.AUDIT_HEADS_FILE = str(tmp_path / "heads")
    trail = Trail(ground)
    trail.write_days(DAYS, ROWS)
    trail.seal()
    trail.keep()
    tamperer = Tamperer(trail, seed=20260728)
    tamperer.learn()
    tamperer.last_head = heads_in(tmp_path / "heads")[-1:]
    yield tamperer
    trail.root.close()


def unnoticed(tamperer, deeds) -> list[str]:
    missed = []
    for deed in deeds:
        what = deed()
        if not tamperer.trail.told(tamperer.last_head):
            missed.append(what)
        tamperer.trail.restore()
    return missed


def test_each_kind_of_tampering_is_found(tamperer):
    assert unnoticed(tamperer, tamperer.deeds) == []
    assert tamperer.trail.told(tamperer.last_head) == []


def test_forty_random_tamperings_are_found(tamperer):
    assert unnoticed(tamperer, [tamperer.once] * 40) == []


@pytest.mark.soak
def test_a_thousand_random_tamperings_are_found(tamperer, capsys):
    missed = unnoticed(tamperer, [tamperer.once] * 1000)
    with capsys.disabled():
        print(f"\nAudit trail: {1000 - len(missed)} of 1,000 random tamperings found.")
    assert missed == []
    assert tamperer.trail.told(tamperer.last_head) == []
