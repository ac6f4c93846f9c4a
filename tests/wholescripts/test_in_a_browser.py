"""WholeScripts as a clinician meets it in Chromium: connecting, whose patient it is, a code for a
new one, an outcome that is not known. A pack is in `tests/test_journey.py`."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from recommendations import follow_up, send
from recommendations.models import Sending
from tests import dance
from tests.recommendations.conftest import make_harbor
from tests.recommendations.test_send import make_plan, recommendations

State = Sending.State


@pytest.fixture
def harbor(context, page, site, simulators):
    """Nora's practice, her browser signed in."""
    harbor = make_harbor()
    harbor.client = Client(headers={"x-forwarded-proto": "https"})
    harbor.client.force_login(harbor.nora.user)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": harbor.client.cookies[name].value, "url": site}])
    page.set_default_timeout(8_000)
    return harbor


@pytest.fixture
def connected(harbor, simulators):
    dance.connect(harbor.client, simulators, "harbor", "wholescripts")
    return harbor


def review(page, site, harbor, email="elena.marsh@mail.example"):
    """Opens the review of a plan for a patient with this address."""
    with harbor.unit():
        type(harbor.patient).objects.filter(pk=harbor.patient.pk).update(email=email)
    plan = make_plan(harbor)
    page.goto(f"{site}/harbor/plans/{plan.pk}/review")
    page.get_by_label("each packet").check()
    return plan


def sign(page):
    page.get_by_role("button", name="Sign and send").click()


def sending_of(harbor) -> Sending:
    with harbor.unit():
        return Sending.objects.get()


def worker(harbor, act, later=0):
    """What a worker does of the part that waits."""
    with harbor.scope():
        act(sending_of(harbor).pk, timezone.now() + dt.timedelta(seconds=later))


def test_an_account_is_connected_and_another_address_is_confirmed(page, site, harbor, simulators):
    page.goto(f"{site}/harbor/connections/")
    with page.expect_request(lambda request: "/authorize?" in request.url) as asked:
        page.get_by_role("link", name="Connect WholeScripts").click()
    url = asked.value.url
    assert "state=" in url
    assert "password" not in url
    there = dance.consent(
        url, simulators, "wholescripts", "samuel.okafor@harbor-integrative.example"
    )
    page.goto(f"{site}{there.path}?{there.query}")
    expect(page.get_by_text("WholeScripts is connected")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("button", name="Yes")).to_have_count(0)


def test_a_known_patient_is_said_to_be_known(page, site, connected):
    review(page, site, connected)
    expect(page.get_by_text("as your patient")).to_be_visible()
    sign(page)
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()


def test_somebody_elses_patient_is_not_signed_for(page, site, connected, simulators):
    review(page, site, connected, "owen.hart@mail.example")
    expect(page.get_by_text("This patient cannot be linked")).to_be_visible()
    sign(page)
    expect(page.get_by_role("alert").first).to_contain_text("cannot be linked")
    with connected.unit():
        assert not Sending.objects.exists()


def test_a_new_patient_is_given_a_referral_code(page, site, connected, simulators):
    review(page, site, connected, "ida.new@mail.example")
    expect(page.get_by_text("Referral code for the new account")).to_be_visible()
    page.get_by_label("15 % off").check()
    sign(page)
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()
    worker(connected, send.attempt)
    [held] = recommendations(simulators)
    assert held["body"]["ref_code"] == "HARBOR15"
    assert held["body"]["EmailTo"] == "ida.new@mail.example"


def test_an_unknown_outcome_is_shown_and_found(page, site, connected, simulators):
    plan = review(page, site, connected)
    sign(page)
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()
    simulators.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    worker(connected, send.attempt)
    page.goto(f"{site}/harbor/plans/{plan.pk}/review")
    expect(page.get_by_text("Outcome unknown").first).to_be_visible()
    expect(page.get_by_text("Looking it up there").first).to_be_visible()
    worker(connected, follow_up.look_up, later=31)
    page.reload()
    expect(page.get_by_text("Outcome unknown")).to_have_count(0)
    assert sending_of(connected).state == State.SENT
    assert len(recommendations(simulators)) == 1


def test_what_is_nowhere_to_be_found_is_sent_again_by_its_clinician(
    page, site, connected, simulators
):
    plan = review(page, site, connected)
    sign(page)
    expect(page.get_by_role("heading", name="What was sent")).to_be_visible()
    simulators.fault("wholescripts", "reset_before", method="POST", path="/Recommendations$")
    worker(connected, send.attempt)
    for later in (31, 160, 800):
        worker(connected, follow_up.look_up, later=later)
    page.goto(f"{site}/harbor/plans/{plan.pk}/review")
    page.get_by_role("button", name="Send again").click()
    worker(connected, send.attempt)
    assert sending_of(connected).state == State.SENT
    assert len(recommendations(simulators)) == 1
