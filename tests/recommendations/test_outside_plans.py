"""Plans that were made at the vendor itself: read where a patient is linked, and only shown."""

import datetime as dt

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import link, tenancy
from practice.models import AuditEntry
from recommendations import history
from recommendations.models import OutsidePlan, PlanReading
from tests.recommendations.hand import PRODUCT, Hand

State = OutsidePlan.State


@pytest.fixture
def nora(signed_in, harbor, simulators):
    return Hand(harbor, signed_in, simulators)


def held(nora):
    with nora.harbor.unit():
        return list(OutsidePlan.objects.order_by("id"))


def run_due(nora, later=0):
    now = timezone.now() + dt.timedelta(seconds=later)
    with tenancy.declare(tenancy.EVERYTHING):
        due = history.due(now)
    for practice_id, reading_id in due:
        with tenancy.declare(tenancy.of_practice(practice_id)):
            history.run(reading_id, now)
    return len(due)


def test_linking_has_the_patients_plans_read(nora):
    plan_id = nora.made_there(units=2)
    nora.link()
    assert run_due(nora) == 1
    (plan,) = held(nora)
    assert (plan.vendor_plan_id, plan.state, plan.raw_state) == (plan_id, State.ACTIVE, "active")
    assert (plan.lines[0]["name"], plan.lines[0]["units"]) == (PRODUCT, 2)
    assert nora.told()[-1] == "Plan made at Fullscript"
    assert plan.raw
    assert plan_id not in plan.raw


def test_plans_of_ours_are_not_shown_twice(nora):
    sending = nora.signed()
    nora.post(sending, "activated", plan_id=nora.made_there())
    run_due(nora)
    assert held(nora) == []


def test_a_second_reading_changes_nothing_and_tells_nothing(nora):
    nora.made_there()
    nora.link()
    run_due(nora)
    told, audited = nora.told(), _changes()
    with nora.harbor.unit():
        PlanReading.objects.update(not_before_at=timezone.now())
    assert run_due(nora) == 1
    assert nora.told() == told
    assert _changes() == audited


def _changes():
    with tenancy.unit(tenancy.EVERYTHING):
        return AuditEntry.objects.filter(kind="recommendations.outsideplan").count()


def test_the_next_reading_is_tomorrow_night(nora):
    nora.link()
    run_due(nora)
    with nora.harbor.unit():
        reading = PlanReading.objects.select_related("practice").get()
    local = reading.not_before_at.astimezone(reading.practice.zone)
    assert 2 <= local.hour < 5
    assert reading.not_before_at > timezone.now()


def test_a_webhook_brings_a_plan_and_its_end(nora, simulators):
    nora.link()
    plan_id = nora.made_there()
    nora.take_note(plan_id)
    simulators.act("fullscript/cancel-plan", plan_id=plan_id)
    nora.take_note(plan_id)
    nora.take_note(plan_id)
    (plan,) = held(nora)
    assert plan.state == State.CANCELLED
    assert nora.told()[-2:] == [
        "Plan made at Fullscript",
        "Plan made at Fullscript was cancelled there",
    ]


def test_one_that_turns_out_to_be_ours_is_shown_once(nora):
    nora.link()
    plan_id = nora.made_there()
    nora.take_note(plan_id)
    assert [plan.vendor_plan_id for plan in held(nora)] == [plan_id]
    nora.post(nora.signed(), "activated", plan_id=plan_id)
    assert held(nora) == []
    assert nora.told()[-1] == "Plan confirmed at Fullscript"
    assert "Plan made at Fullscript" not in nora.told()
    run_due(nora)
    assert held(nora) == []


def test_a_patient_who_is_not_linked_has_none(nora):
    nora.take_note(nora.made_there())
    assert held(nora) == []


def test_a_link_taken_back_is_read_no_more(nora):
    made = nora.link()
    with nora.harbor.unit():
        link.undo(made, nora.harbor.nora, timezone.now())
    nora.made_there()
    run_due(nora)
    assert held(nora) == []
    assert run_due(nora, later=999_999) == 0


def test_a_vendor_that_is_away_is_asked_again(nora, simulators):
    nora.made_there()
    nora.link()
    simulators.fault("fullscript", "status", method="GET", path="/treatment_plans$", times=9)
    run_due(nora)
    assert held(nora) == []
    with nora.harbor.unit():
        reading = PlanReading.objects.get()
    assert reading.not_before_at > timezone.now()
    assert reading.last_error == "The vendor was not available."


def test_a_member_looks_again_and_sees_them_on_the_patients_page(nora):
    nora.link()
    run_due(nora)
    nora.made_there()
    patient = nora.harbor.patient.pk
    answer = nora.client.post(f"/harbor/plans/made-there/of/{patient}/look", follow=True)
    words = answer.content.decode()
    assert "Looked at Fullscript: 1 new plan." in words
    assert "Made at Fullscript itself" in words


def test_its_page_shows_lines_practitioner_and_where_to_order(nora):
    nora.made_there(units=2)
    nora.link()
    run_due(nora)
    (plan,) = held(nora)
    words = nora.client.get(f"/harbor/plans/made-there/{plan.pk}").content.decode()
    for expected in (PRODUCT, "bedtime", "Nora Lindqvist, ND", "Order at Fullscript"):
        assert expected in words


def test_an_order_link_to_somewhere_else_is_not_shown(nora):
    nora.made_there()
    nora.link()
    run_due(nora)
    with nora.harbor.unit():
        OutsidePlan.objects.update(link="https://evil.example/invite/1")
    (plan,) = held(nora)
    words = nora.client.get(f"/harbor/plans/made-there/{plan.pk}").content.decode()
    assert "evil.example" not in words


def test_a_product_nobody_knew_is_learned_by_its_number(nora, simulators):
    other = simulators.act("fullscript/some-variant", q="Zinc")
    nora.made_there(sku=other["variant_id"])
    nora.link()
    run_due(nora)
    (plan,) = held(nora)
    words = nora.client.get(f"/harbor/plans/made-there/{plan.pk}").content.decode()
    assert other["name"] in words


def test_links_that_came_in_bulk_get_their_reading(nora):
    nora.link()
    with nora.harbor.unit():
        PlanReading.objects.all().delete()
    with tenancy.declare(tenancy.EVERYTHING):
        history.plan_readings(timezone.now())
        history.plan_readings(timezone.now())
    with nora.harbor.unit():
        assert PlanReading.objects.count() == 1


def test_a_page_asks_the_same_few_times_whatever_the_lines(nora):
    with nora.harbor.unit():
        for count in (1, 30):
            OutsidePlan.objects.create(
                practice=nora.harbor.practice,
                patient=nora.harbor.patient,
                vendor="fullscript",
                vendor_plan_id=f"o{count}",
                state="active",
                read_at=timezone.now(),
                lines=[
                    {"sku": f"s{n}", "name": "", "units": 1, "how": "", "notes": ""}
                    for n in range(count)
                ],
            )
    asked, plans = [], held(nora)
    nora.client.get(f"/harbor/plans/made-there/{plans[0].pk}")
    for plan in plans:
        with CaptureQueriesContext(database) as queries:
            assert nora.client.get(f"/harbor/plans/made-there/{plan.pk}").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
