"""A practice's pages are the same to the letter whether another one exists or not: neither its
rows nor how many of them there are come through.

The other practice is a twin: its patients have the same names, birth dates and addresses,
its plans and parcels the same states.
"""

import re
from types import SimpleNamespace

import pytest

from practice import limits
from tests.isolation.clinics import Clinic
from tests.isolation.knocking import Doors, rolled_back
from tests.isolation.table import PRACTICE
from tests.isolation.test_canaries import come_out
from tests.isolation.test_ids import answer

WHO = "owner who practises"  # and sees everything
# Ids are given out over all practices, and so is the time.
GIVEN_OUT = re.compile(r"/\d+\b|#\w+-\d+|\d\d?:\d\d(:\d\d(\.\d+)?)?|pat\d+", re.I)


@pytest.fixture(scope="module")
def ours(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), rolled_back():
        yield made()


def made(slug="bayside"):
    """Ours as it was alone, and then with a twin beside it."""
    limits.forget()
    clinic = Clinic(slug)
    clinic.knock = Doors({name: one.user for name, one in clinic.members.items()}).knock
    once, twice = ({name: seen(clinic, name) for name in PRACTICE} for _ in range(2))
    steady = {name for name in PRACTICE if once[name] == twice[name]}
    Clinic("twin")
    return SimpleNamespace(clinic=clinic, alone=once, steady=steady)


def seen(clinic, name):
    """All that a page says, without what is given out anew."""
    words = "Magnesium" if "search" in name or "product" in name else "Sample"
    return [
        GIVEN_OUT.sub("", "\n".join(out))
        for out in come_out(clinic, name, WHO, words + "  ", answer)
    ]


def same_as_alone(ours, name):
    assert seen(ours.clinic, name) == ours.alone[name], name


@pytest.mark.parametrize("name", PRACTICE)
def test_a_page_says_the_same_as_if_there_were_no_other_practice(ours, name):
    if name in ours.steady:
        same_as_alone(ours, name)


def test_every_page_but_one_says_the_same_twice(ours):
    """Or it would not be compared."""
    assert {*PRACTICE} - ours.steady == {"practice:connection-begin"}  # a secret each time
