"""What two people, or two presses, do about members at the same moment."""

import threading

from django.db import connections

from practice import start, tenancy
from practice.models import Membership
from practice.roles import Role
from tests.factories import MembershipFactory, UserFactory
from tests.practice.test_invite import ask, browser_of, person


def at_once(*deeds):
    """Runs each in a thread of its own, all from one starting line."""
    line = threading.Barrier(len(deeds))

    def run(deed):
        line.wait()
        deed()
        connections.close_all()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_practices_of_one_name_get_an_address_each(committed_db):
    def opens(user):
        given = {"name": "Twin", "time_zone": "America/Denver", "own_name": "T"}
        return lambda: start.practice(user, **given, is_clinician=False)

    at_once(opens(UserFactory()), opens(UserFactory()))
    with tenancy.unit(tenancy.EVERYTHING):
        slugs = set(Membership.objects.values_list("practice__slug", flat=True))
    assert slugs == {"twin", "twin-2"}


def test_an_invitation_accepted_three_times_makes_one_place(committed_clinic):
    clinic, user = committed_clinic, person()
    link = ask(clinic)
    browsers, found = [browser_of(user) for _ in range(3)], []
    at_once(*[lambda b=b: found.append(b.post(link).status_code) for b in browsers])
    assert found == [302, 302, 302]
    with clinic.open():
        assert Membership.objects.filter(user=user).count() == 1


def test_two_owners_cannot_both_step_down(committed_clinic):
    clinic = committed_clinic
    with clinic.open():
        second = MembershipFactory(practice=clinic.here, role=Role.OWNER, name="Olive Olsen")
    browsers = {clinic.members.alice: clinic.alice, second: browser_of(second.user)}
    at_once(
        *[
            lambda b=b, m=m: b.post(clinic.url("member-deactivate", m.pk))
            for m, b in browsers.items()
        ]
    )
    with clinic.open():
        left = Membership.objects.active().filter(role=Role.OWNER).count()
    assert left == 1
