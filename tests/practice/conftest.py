"""A clinic to test in. Imports stand inside the fixtures: pytest reads this file before
`tests/conftest.py` has set Django up."""

import contextlib
from types import SimpleNamespace

import pytest

FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
SIGN_IN = ('"django_session"', '"auth_user" WHERE', '"usersessions_usersession"')


@pytest.fixture
def clinic(db):
    """A clinic that is rolled back after the test."""
    return made_up_clinic()


@pytest.fixture
def committed_clinic(committed_db):
    """A clinic that other processes and threads see."""
    return made_up_clinic()


def made_up_clinic():
    """Alice owns the clinic, Bob practises there, Ann assists, Rae may only read; Charlie
    owns a practice elsewhere and must see nothing. Each is a signed-in browser."""
    from django.test import Client
    from django.urls import reverse

    from practice import tenancy
    from practice.roles import Role
    from tests.factories import MembershipFactory, PatientFactory, PracticeFactory

    def signed_in(member):
        browser = Client()
        browser.force_login(member.user)
        return browser

    def aide(role, name):
        return MembershipFactory(practice=here, role=role, name=name, is_clinician=False)

    def patient(**fields):
        with tenancy.unit(tenancy.of_practice(here.pk)):
            return PatientFactory(practice=here, **fields)

    with tenancy.unit(tenancy.EVERYTHING):
        here = PracticeFactory(name="Bayside Clinic", slug="bayside")
        elsewhere = PracticeFactory(name="Other Clinic", slug="other")
        members = {
            "alice": MembershipFactory(practice=here, role=Role.OWNER, name="Alice Adler, ND"),
            "bob": MembershipFactory(practice=here, name="Bob Brandt, MD"),
            "ann": aide(Role.ASSISTANT, "Ann Ames"),
            "rae": aide(Role.READ_ONLY, "Rae Ross"),
            "charlie": MembershipFactory(
                practice=elsewhere, role=Role.OWNER, name="Charlie Cole, DO"
            ),
        }
    return SimpleNamespace(
        here=here,
        elsewhere=elsewhere,
        open=lambda: tenancy.unit(tenancy.of_practice(here.pk)),
        open_elsewhere=lambda: tenancy.unit(tenancy.of_practice(elsewhere.pk)),
        patient=patient,
        url=lambda name, *args: reverse(f"practice:{name}", args=[here.slug, *args]),
        members=SimpleNamespace(**members),
        **{name: signed_in(member) for name, member in members.items()},
    )


@pytest.fixture
def queries():
    """`with queries() as done`: the statements of a page, without those that open and close
    a transaction, hand a scope over, or find out who is signed in."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    @contextlib.contextmanager
    def counting():
        done = []
        with CaptureQueriesContext(connection) as captured:
            yield done
        done += [
            query["sql"]
            for query in captured.captured_queries
            if not query["sql"].startswith(FRAME)
            and not any(words in query["sql"] for words in ("set_config", *SIGN_IN))
        ]

    return counting
