"""Whether a practice is set up: each step red, amber or green, with what mends it."""

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from catalog.models import SyncRun
from deliveries.models import Delivery
from practice import checklist, tenancy
from practice.models import Connection, CourierAccount, Practice, Receipt
from practice.vendors.contract import Verdict
from recommendations.models import Plan, Sending
from tests.factories import (
    ConnectionFactory,
    MembershipFactory,
    PatientFactory,
    UserFactory,
    staff_user,
)
from tests.simulators.scriptrun.app import HARBOR_KEY

LIST = "/admin/practice/practice/"
NOW = timezone.now()


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.force_login(staff_user())
    return browser


def lines(practice):
    with tenancy.unit(tenancy.EVERYTHING):
        found = checklist.of([Practice.objects.get(pk=practice.pk)], NOW)[practice.pk]
    return {line.title: line.finding for line in found.lines}


def colour(clinic, title):
    return lines(clinic.here)[title].colour


def ago(**span):
    return NOW - dt.timedelta(**span)


def sent(clinic, state):
    with clinic.open():
        bob = clinic.members.bob
        plan = Plan.objects.create(
            practice=clinic.here, patient=PatientFactory(practice=clinic.here), clinician=bob
        )
        connection, _ = Connection.objects.get_or_create(
            practice=clinic.here, membership=bob, vendor="wholescripts"
        )
        return Sending.objects.create(
            practice=clinic.here,
            plan=plan,
            vendor="wholescripts",
            connection=connection,
            road="api",
            state=state,
            settled_at=NOW,
        )


def test_the_steps_stand_in_the_order_of_setting_up(clinic):
    assert list(lines(clinic.here)) == [
        "Owner",
        "Second factor",
        "Time zone",
        "Fullscript connected",
        "WholeScripts connected",
        "Rights at Fullscript",
        "Catalogue read",
        "Courier key",
        "Courier's webhooks",
        "First plan sent",
        "Sendings of unknown outcome",
        "Webhooks",
        "Events arrive",
    ]


def test_what_is_not_green_says_what_mends_it(clinic):
    with clinic.open():
        clinic.here.time_zone = "Nowhere/Land"
        clinic.here.save()
    findings = lines(clinic.here).values()
    assert {finding.colour for finding in findings} >= {"red", "amber", "green", "grey"}
    assert not [one for one in findings if one.colour in ("red", "amber") and not one.fix]


def test_an_owner_is_there_and_verified(clinic):
    assert lines(clinic.here)["Owner"].words == "Alice Adler, ND has not verified their e-mail"
    user = clinic.members.alice.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True)
    assert colour(clinic, "Owner") == "green"
    with clinic.open():
        clinic.members.alice.deactivated_at = NOW
        clinic.members.alice.save()
    assert lines(clinic.here)["Owner"].words == "Nobody owns it"


def test_a_second_factor_is_required_and_everybody_has_it(clinic):
    assert lines(clinic.here)["Second factor"].words == "Not required"
    with clinic.open():
        clinic.here.requires_second_factor = True
        clinic.here.save()
    for name in ("alice", "bob", "ann"):
        user = getattr(clinic.members, name).user
        Authenticator.objects.create(user=user, type="totp", data={})
    rae = clinic.members.rae.user
    Authenticator.objects.create(user=rae, type="recovery_codes", data={})
    assert lines(clinic.here)["Second factor"].words == "Required; 1 of 4 members have none"
    Authenticator.objects.create(user=rae, type="webauthn", data={})
    assert colour(clinic, "Second factor") == "green"


def test_a_dispensary_is_connected_by_somebody_and_works(clinic):
    title = "WholeScripts connected"
    assert colour(clinic, title) == "red"
    with clinic.open():
        own = ConnectionFactory(membership=clinic.members.bob, state="active")
    assert colour(clinic, title) == "green"
    with clinic.open():
        own.note_error("Unavailable")
    assert lines(clinic.here)[title].words == "1 of 1 failed last time"
    with clinic.open():
        Connection.objects.update(state="needs_reconnect")
    assert colour(clinic, title) == "red"
    with clinic.open():
        ConnectionFactory(membership=clinic.members.alice, state="active")
    assert (colour(clinic, title), colour(clinic, "Fullscript connected")) == ("amber", "red")


@pytest.mark.parametrize(
    ("read", "expected"),
    [({"hours": 2}, "green"), ({"hours": 40}, "amber"), ({"days": 8}, "red")],
)
def test_a_catalogue_is_measured_by_its_age(clinic, read, expected):
    assert colour(clinic, "Catalogue read") == "red"
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.create(vendor="wholescripts", state="done", finished_at=ago(**read))
    assert colour(clinic, "Catalogue read") == expected


def test_a_failed_reading_makes_no_catalogue_young(clinic):
    with tenancy.unit(tenancy.EVERYTHING):
        SyncRun.objects.create(vendor="wholescripts", state="failed", finished_at=NOW)
    assert colour(clinic, "Catalogue read") == "red"


@pytest.mark.parametrize(
    ("key", "state", "expected"),
    [
        (HARBOR_KEY, "active", "green"),
        (HARBOR_KEY, "paused", "red"),
        ("sk_" + "live_made_up", "active", "red"),
    ],
)
def test_a_courier_key_is_active_and_of_this_environment(clinic, key, state, expected):
    assert colour(clinic, "Courier key") == "grey"
    with clinic.open():
        account = CourierAccount.objects.create(practice=clinic.here)
        account.set_key(key)
        CourierAccount.objects.update(state=state)
    assert colour(clinic, "Courier key") == expected


def test_the_courier_is_heard_from_as_long_as_parcels_are_booked(clinic):
    title = "Courier's webhooks"
    with clinic.open():
        account = CourierAccount.objects.create(practice=clinic.here)
        account.set_key(HARBOR_KEY)
    assert lines(clinic.here)[title].words == "No secret: nothing can come in"
    with clinic.open():
        account.roll_secret("whsec_made_up")
    assert lines(clinic.here)[title].words == "Never heard from"
    with clinic.open():
        CourierAccount.objects.update(last_event_at=ago(days=9))
    assert colour(clinic, title) == "green"
    with clinic.open():
        Delivery.objects.create(
            practice=clinic.here,
            patient=PatientFactory(practice=clinic.here),
            booked_by=clinic.members.bob,
            delivery_date=NOW.date(),
            accepted_at=ago(days=4),
        )
    assert colour(clinic, title) == "red"


def test_a_plan_that_arrived_is_the_first(clinic):
    assert colour(clinic, "First plan sent") == "amber"
    sent(clinic, "refused")
    assert colour(clinic, "First plan sent") == "amber"
    sent(clinic, "confirmed")
    assert colour(clinic, "First plan sent") == "green"


def test_sendings_that_nobody_knows_of_are_red(clinic, staff):
    assert colour(clinic, "Sendings of unknown outcome") == "green"
    sent(clinic, "unknown")
    sent(clinic, "needs_review")
    sent(clinic, "sent")
    finding = lines(clinic.here)["Sendings of unknown outcome"]
    assert (finding.colour, finding.words) == ("red", "2 with an outcome nobody knows")
    page = staff.get(finding.url, follow=True)
    assert {row.state for row in page.context["cl"].result_list} == {"unknown", "needs_review"}


def test_webhooks_that_failed_are_red_and_those_in_quarantine_amber(clinic):
    with clinic.open():
        row = Receipt.objects.create(
            practice=clinic.here,
            vendor="scriptrun",
            endpoint="scriptrun/1",
            event_id="e",
            event_type="x",
            verdict=Verdict.STALE,
            body=b"",
            received_at=NOW,
            state="quarantined",
        )
    assert colour(clinic, "Webhooks") == "amber"
    with clinic.open():
        row.state = "failed"
        row.save()
    assert colour(clinic, "Webhooks") == "red"
    assert lines(clinic.elsewhere)["Webhooks"].colour == "green"


def test_every_link_of_the_checklist_leads_to_a_desk(clinic, staff):
    sent(clinic, "unknown")
    page = staff.get(f"{LIST}{clinic.here.pk}/change/").content.decode()
    section = page.split('class="staff-steps"')[1].split("</ol>")[0]
    links = re.findall(r'href="([^"]+)"', section)
    assert len(links) >= 5
    for link in links:
        answer = staff.get(link.replace("&amp;", "&"), follow=True)
        assert answer.status_code == 200, link
        assert "Showing <strong>Bayside Clinic</strong>" in answer.content.decode()


def test_the_list_tells_the_worst_and_which_steps(clinic, staff):
    page = staff.get(LIST).content.decode()
    assert page.count("staff-light--red") == 2
    assert "Owner, Fullscript connected, WholeScripts connected, Catalogue read" in page


def test_the_list_does_the_same_queries_for_ten_practices_and_two_hundred(clinic, staff, queries):
    counts = []
    for many in (10, 190):
        made = Practice.objects.count()
        with tenancy.unit(tenancy.EVERYTHING):
            practices = Practice.objects.bulk_create(
                Practice(name=f"P {made + n}", slug=f"p-{made + n}") for n in range(many)
            )
            user = UserFactory()
            for one in practices:
                ConnectionFactory(membership=MembershipFactory(practice=one, user=user))
                CourierAccount.objects.create(practice=one).set_key(HARBOR_KEY)
        with queries() as done:
            assert staff.get(LIST).status_code == 200
        counts.append(len(done))
    assert counts[0] == counts[1]
