"""Who may open and change which plan, and what the list shows."""

import pytest
from django.utils import timezone

from practice import tenancy
from practice.roles import Role
from recommendations.models import Plan, Sending
from tests.factories import ConnectionFactory, MembershipFactory, PatientFactory
from tests.recommendations.rows import Desk, ListingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def own_queries(seen):
    """Those of the page: not the session's, the member's, the unit's."""
    return [q["sql"] for q in seen.captured_queries if "recommendations_" in q["sql"]]


def fill(desk, items):
    with tenancy.unit(tenancy.EVERYTHING):
        for position, listing in enumerate(ListingFactory.create_batch(items)):
            desk.plan.items.create(practice=desk.practice, listing=listing, position=position)


def test_another_practices_rows_do_not_exist(desk):
    other = Desk()
    item, pack = other.add(), other.pack()
    plan = other.plan.pk
    for name, *args in (
        ("plan-detail", plan),
        ("plan-sheet", plan),
        ("plan-search", plan),
        ("pill-search", plan, pack.pk),
        ("plan-start", other.patient.pk),
    ):
        assert desk.get(name, *args).status_code == 404, name
    for name, *args in (
        ("plan-start", other.patient.pk),
        ("plan-discard", plan),
        ("plan-message", plan),
        ("item-add", plan),
        ("item-edit", plan, item.pk),
        ("item-remove", plan, item.pk),
        ("pack-edit", plan, pack.pk),
        ("item-edit", desk.plan.pk, item.pk),
        ("item-remove", desk.plan.pk, item.pk),
        ("pack-edit", desk.plan.pk, pack.pk),
        ("pack-remove", desk.plan.pk, pack.pk),
        ("pill-add", desk.plan.pk, pack.pk),
    ):
        assert desk.post(name, *args, data={"listing": item.listing_id}).status_code == 404, name
    assert len(other.items()) == 1


def test_another_practices_listing_cannot_be_added(desk):
    own = Desk()
    listing = own.listing(practice=own.practice)
    answer = desk.post("item-add", desk.plan.pk, data={"listing": listing.pk})
    assert answer.status_code == 404


def test_a_colleagues_private_label_cannot_be_added(desk):
    with desk.opened():
        colleague = MembershipFactory(practice=desk.practice)
        connection = ConnectionFactory(membership=colleague)
    listing = desk.listing(practice=desk.practice, connection=connection)
    answer = desk.post("item-add", desk.plan.pk, data={"listing": listing.pk})
    assert answer.status_code == 404


@pytest.mark.parametrize("listing", ["", "abc", "-1", "9" * 30])
def test_an_odd_listing_does_not_exist(desk, listing):
    assert desk.post("item-add", desk.plan.pk, data={"listing": listing}).status_code == 404


def test_who_only_reads_sees_the_plan_and_changes_nothing():
    desk = Desk(Role.READ_ONLY)
    fill(desk, 1)
    page = desk.get("plan-detail", desk.plan.pk)
    assert page.status_code == 200
    assert "<form" not in page.content.decode().split("<main")[1]
    assert desk.get("plan-sheet", desk.plan.pk).status_code == 200
    for name in ("item-add", "plan-message", "plan-discard", "pack-add"):
        assert desk.post(name, desk.plan.pk).status_code == 403
    assert desk.post("plan-start", desk.patient.pk).status_code == 403


def test_an_assistant_drafts_for_the_clinician_they_choose():
    desk = Desk(Role.ASSISTANT)
    with desk.opened():
        second = MembershipFactory(practice=desk.practice)
        patient = PatientFactory(practice=desk.practice)
    page = desk.get("plan-start", patient.pk).content.decode()
    assert desk.clinician.name in page
    assert second.name in page
    answer = desk.browser.post(desk.url("plan-start", patient.pk), {"clinician": second.pk})
    with desk.opened():
        plan = Plan.objects.get(patient=patient)
    assert plan.clinician_id == second.pk
    assert answer.url == desk.url("plan-detail", plan.pk)


def test_an_assistant_cannot_draft_for_who_is_no_clinician():
    desk = Desk(Role.ASSISTANT)
    data = {"clinician": desk.member.pk}
    assert desk.browser.post(desk.url("plan-start", desk.patient.pk), data).status_code == 422


def test_a_clinician_starts_in_one_press_and_an_untouched_draft_is_taken_up(desk):
    first = desk.browser.post(desk.url("plan-start", desk.patient.pk))
    assert first.url == desk.url("plan-detail", desk.plan.pk)


def test_a_discarded_draft_is_gone(desk):
    desk.add()
    desk.pack()
    answer = desk.browser.post(desk.url("plan-discard", desk.plan.pk))
    assert answer.status_code == 302
    assert desk.get("plan-detail", desk.plan.pk).status_code == 404


def test_a_signed_plan_is_read_only(desk):
    item = desk.add(name="Zinc")
    with desk.opened():
        desk.plan.sign(desk.clinician, timezone.now())
    page = desk.get("plan-detail", desk.plan.pk).content.decode()
    assert "Zinc" in page
    assert "item-edit" not in page
    assert desk.url("plan-review", desk.plan.pk) in page
    answer = desk.post("item-remove", desk.plan.pk, item.pk)
    assert answer.headers["HX-Redirect"] == desk.url("plan-detail", desk.plan.pk)
    assert len(desk.items()) == 1


def test_the_list_shows_state_lines_and_sendings(desk):
    desk.add()
    with desk.opened():
        desk.plan.sign(desk.clinician, timezone.now())
        Sending.objects.create(
            practice=desk.practice,
            plan=desk.plan,
            vendor="wholescripts",
            road="api",
            state="unknown",
            connection=ConnectionFactory(membership=desk.clinician),
        )
    page = desk.get("plan-list").content.decode()
    assert "Outcome unknown" in page
    assert "Signed" in page
    assert f"{desk.patient.last_name}, {desk.patient.first_name}" in page


def test_the_list_can_be_narrowed(desk):
    link = desk.url("plan-detail", desk.plan.pk)
    assert link in desk.get("plan-list", data={"show": "draft"}).content.decode()
    assert link not in desk.get("plan-list", data={"show": "signed"}).content.decode()
    assert desk.get("plan-list", data={"show": "nonsense"}).status_code == 404


def test_an_empty_list_teaches_the_next_step(desk):
    desk.browser.post(desk.url("plan-discard", desk.plan.pk))
    assert "Write your first plan" in desk.get("plan-list").content.decode()


@pytest.mark.parametrize("plans", [3, 30])
def test_the_list_takes_three_queries_of_its_own(desk, plans, django_assert_max_num_queries):
    with desk.opened():
        for patient in PatientFactory.create_batch(plans, practice=desk.practice):
            Plan.objects.create(practice=desk.practice, patient=patient, clinician=desk.clinician)
    with django_assert_max_num_queries(30) as seen:
        desk.get("plan-list")
    assert len(own_queries(seen)) == 3  # how many, the page, its sendings


@pytest.mark.parametrize("items", [3, 30])
def test_the_builder_takes_as_many_queries_for_few_lines_as_for_many(
    desk, items, django_assert_max_num_queries
):
    fill(desk, items)
    desk.pack()
    with django_assert_max_num_queries(30) as seen:
        desk.get("plan-detail", desk.plan.pk)
    assert len(own_queries(seen)) == 6  # plan, items, doses, packs, pills, protocols
