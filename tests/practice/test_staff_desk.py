"""What all desks of the operator's staff share: narrowing to one practice, and deeds that ask
before they touch a row."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from practice import tenancy
from practice.admin import confirm
from practice.models import (
    AuditEntry,
    Membership,
    OperatorOrOwnModel,
    Receipt,
    SharedOrOwnModel,
    TenantModel,
)
from practice.vendors.contract import Verdict
from tests.factories import MembershipFactory, PatientFactory, PracticeFactory, staff_user

TENANT = TenantModel | SharedOrOwnModel | OperatorOrOwnModel
RECEIPTS = "/admin/practice/receipt/"


@pytest.fixture
def staff(db):
    browser = Client(headers={"x-forwarded-proto": "https"})
    browser.user = staff_user(email="op@staff.example")
    browser.force_login(browser.user)
    return browser


def test_the_start_page_leads_staff_to_their_desk(staff):
    answer = staff.get("/")
    assert (answer.status_code, answer.url) == (302, "/admin/")


def receipt(practice=None, state="failed", **fields):
    with tenancy.unit(tenancy.EVERYTHING):
        made = Receipt.objects.count()
        return Receipt.objects.create(
            practice=practice,
            vendor="scriptrun",
            endpoint="scriptrun/1",
            event_id=f"event-{made}",
            event_type="delivery.completed",
            verdict=Verdict.GENUINE,
            body=b"{}",
            received_at=timezone.now(),
            state=state,
            **fields,
        )


def ask(staff, action, *rows, path=RECEIPTS, **more):
    keys = [row.pk for row in rows]
    return staff.post(path, {"action": action, "index": 0, "_selected_action": keys, **more})


def confirmed(staff, page, **given):
    token = page.context["token"]
    return staff.post(RECEIPTS, {"confirmed": token, **given}, follow=True)


def state_of(row):
    with tenancy.unit(tenancy.EVERYTHING):
        return Receipt.objects.get(pk=row.pk).state


def told(page):
    return [str(message) for message in page.context["messages"]]


# --- Narrowing


def test_a_chosen_practice_narrows_every_desk(clinic, staff):
    """Each kind of row of a practice, by the queryset that lists, pages and deeds share."""
    page = staff.get("/admin/?practice=bayside", follow=True)
    request = page.wsgi_request
    with tenancy.unit(tenancy.EVERYTHING):
        for model, desk in admin.site._registry.items():
            if issubclass(model, TENANT):
                assert desk.get_queryset(request).query.where, model


def test_only_the_chosen_practices_rows_are_listed_found_and_opened(clinic, staff):
    with tenancy.unit(tenancy.EVERYTHING):
        theirs = PatientFactory(practice=clinic.elsewhere, last_name="Elsewhere")
    clinic.patient(last_name="Herself")
    assert len(staff.get("/admin/practice/patient/").context["cl"].result_list) == 2
    staff.get("/admin/?practice=bayside")
    rows = staff.get("/admin/practice/patient/").context["cl"].result_list
    assert [row.last_name for row in rows] == ["Herself"]
    assert staff.get(f"/admin/practice/patient/{theirs.pk}/change/").status_code == 302


def test_the_choices_of_another_row_are_narrowed_too(clinic, staff):
    staff.get("/admin/?practice=bayside")
    found = staff.get(
        "/admin/autocomplete/",
        {"app_label": "practice", "model_name": "membership", "field_name": "practice"},
    )
    assert [row["text"] for row in found.json()["results"]] == ["Bayside Clinic"]


def test_a_deed_reaches_no_row_of_another_practice(clinic, staff):
    theirs = receipt(clinic.elsewhere)
    staff.get("/admin/?practice=bayside")
    page = ask(staff, "replay", theirs)
    assert (page.status_code, state_of(theirs)) == (302, "failed")


def test_all_practices_are_shown_again_when_asked(clinic, staff):
    staff.get("/admin/?practice=bayside")
    page = staff.get("/admin/")
    assert "Showing <strong>Bayside Clinic</strong>" in page.content.decode()
    page = staff.post("/admin/narrow/", {"wanted": "", "back": RECEIPTS})
    assert page.url == RECEIPTS
    assert "Showing <strong>all practices</strong>" in staff.get(page.url).content.decode()


def test_a_practice_is_searched_and_chosen(clinic, staff):
    page = staff.get("/admin/narrow/", {"q": "Other"})
    assert [practice.slug for practice in page.context["page"]] == ["other"]
    staff.post("/admin/narrow/", {"wanted": clinic.elsewhere.pk})
    rows = staff.get("/admin/practice/membership/").context["cl"].result_list
    assert [row.name for row in rows] == ["Charlie Cole, DO"]


@pytest.mark.parametrize("slug", ["no-such-practice", "x" * 300, "\0"])
def test_nonsense_chooses_nothing(clinic, staff, slug):
    staff.get("/admin/?practice=bayside")
    staff.get("/admin/", {"practice": slug}, follow=True)
    assert "Showing <strong>Bayside Clinic</strong>" in staff.get("/admin/").content.decode()


@pytest.mark.parametrize("back", ["https://else.example/", "//else.example", "/bayside/"])
def test_choosing_leads_nowhere_but_to_the_desk(clinic, staff, back):
    assert staff.post("/admin/narrow/", {"wanted": "", "back": back}).url == "/admin/"


def test_a_member_cannot_choose(clinic):
    assert clinic.alice.get("/admin/narrow/").status_code == 302
    assert clinic.alice.get("/admin/?practice=bayside").url.startswith("/admin/login/")


# --- Deeds


def test_a_deed_says_how_many_rows_it_would_touch_and_does_nothing_yet(clinic, staff):
    rows = [receipt(clinic.here), receipt(clinic.here), receipt(clinic.elsewhere)]
    page = ask(staff, "replay", *rows)
    words = page.content.decode()
    assert "This touches 3 receipts" in words
    assert "Bayside Clinic: 2, Other Clinic: 1" in words
    assert {state_of(row) for row in rows} == {"failed"}


def test_a_confirmed_deed_is_done_and_its_outcomes_are_told(clinic, staff):
    failed, working = receipt(clinic.here), receipt(clinic.here, state="working")
    page = confirmed(staff, ask(staff, "replay", failed, working))
    assert (state_of(failed), state_of(working)) == ("new", "working")
    assert told(page) == [
        "Left alone, in another state: 1 receipt.",
        "Will be worked off again: 1 receipt.",
    ]


def test_all_pages_of_a_list_can_be_chosen(clinic, staff):
    rows = [receipt(clinic.here) for _ in range(60)]
    other = receipt(clinic.here, state="done")
    page = ask(staff, "ignore", rows[0], path=RECEIPTS + "?state__exact=failed", select_across=1)
    assert "This touches 60 receipts" in page.content.decode()
    confirmed(staff, page, reason="Lost parcels of last year")
    assert {state_of(row) for row in rows} == {"ignored"}
    assert state_of(other) == "done"


def test_nothing_is_done_when_a_row_changed_meanwhile(clinic, staff):
    rows = [receipt(clinic.here), receipt(clinic.here)]
    page = ask(staff, "replay", *rows)
    with tenancy.unit(tenancy.EVERYTHING):
        Receipt.objects.filter(pk=rows[0].pk).update(state="working")
    answer = confirmed(staff, page)
    assert told(answer) == [
        "1 receipt changed since you were asked. Nothing was done. Choose the rows again."
    ]
    assert state_of(rows[1]) == "failed"


def test_a_confirmation_counts_once(clinic, staff):
    page = ask(staff, "replay", receipt(clinic.here))
    confirmed(staff, page)
    assert "changed since you were asked" in told(confirmed(staff, page))[0]


def test_an_old_question_does_nothing(clinic, staff, monkeypatch):
    row = receipt(clinic.here)
    page = ask(staff, "replay", row)
    monkeypatch.setattr(confirm, "SECONDS", -1)
    assert "older than 15 minutes" in told(confirmed(staff, page))[0]
    assert state_of(row) == "failed"


@pytest.mark.parametrize("token", ["", "made up", "a:b:c"])
def test_a_question_that_was_not_asked_does_nothing(clinic, staff, token):
    row = receipt(clinic.here)
    page = staff.post(RECEIPTS, {"confirmed": token}, follow=True)
    assert "was not asked here" in told(page)[0]
    assert state_of(row) == "failed"


def test_a_question_is_answered_by_the_person_it_was_put_to(clinic, staff):
    row = receipt(clinic.here)
    page = ask(staff, "replay", row)
    staff.force_login(staff_user())
    assert staff.post(RECEIPTS, {"confirmed": page.context["token"]}).status_code == 403
    assert state_of(row) == "failed"


def test_a_deed_needs_its_reason(clinic, staff):
    row = receipt(clinic.here)
    page = ask(staff, "ignore", row)
    again = staff.post(RECEIPTS, {"confirmed": page.context["token"], "reason": " "})
    assert (again.status_code, state_of(row)) == (422, "failed")
    assert "This field is required" in again.content.decode()


def test_the_trail_names_who_did_what_to_which_row_and_why(clinic, staff):
    row = receipt(clinic.here)
    confirmed(staff, ask(staff, "ignore", row), reason="The parcel is lost")
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.get(kind="practice.receipt", object_id=row.pk)
    assert (entry.practice_id, entry.user_id, entry.who, entry.via, entry.reason) == (
        clinic.here.pk,
        staff.user.pk,
        "op@staff.example",
        "admin",
        "The parcel is lost",
    )
    assert entry.detail == {"deed": "Ignore"}


def test_a_deed_from_a_rows_page_leads_back_to_it(clinic, staff):
    row = receipt(clinic.here)
    page = staff.get(f"{RECEIPTS}{row.pk}/change/")
    assert re.search(r'name="action" value="replay"', page.content.decode())
    done = confirmed(staff, ask(staff, "replay", row, from_row=1))
    assert done.redirect_chain[-1][0] == f"{RECEIPTS}{row.pk}/change/"
    assert "op@staff.example" in done.content.decode()


def test_staff_without_the_right_are_offered_no_deed(clinic):
    browser = Client(headers={"x-forwarded-proto": "https"})
    user = staff_user(is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename="view_receipt"))
    browser.force_login(user)
    row = receipt(clinic.here)
    assert b"Replay" not in browser.get(RECEIPTS).content
    ask(browser, "replay", row)
    assert state_of(row) == "failed"


def test_too_many_rows_are_not_taken_at_once(clinic, staff):
    rows = [receipt(clinic.here) for _ in range(2)]
    page = ask(staff, "show_body", *rows)
    assert page.status_code == 302
    assert "takes 1 receipt at once at the most" in told(staff.get(RECEIPTS))[0]


# --- Pages


def test_the_confirm_page_does_the_same_queries_for_many_rows(clinic, staff, queries):
    rows = [receipt(clinic.here) for _ in range(40)]
    counts = []
    for some in (rows[:2], rows):
        with queries() as done:
            ask(staff, "replay", *some)
        counts.append(len(done))
    assert counts[0] == counts[1]


def test_the_front_page_counts_in_few_queries(clinic, staff, queries):
    receipt(clinic.here)
    staff.get("/admin/")
    with queries() as done:
        page = staff.get("/admin/")
    assert [f.count for f in page.context["figures"] if f.label == "Webhooks that failed"] == [1]
    assert len(done) <= 15, done


def test_a_page_carries_no_rows_name_in_its_title(clinic, staff):
    patient = clinic.patient(last_name="Quietly")
    page = staff.get(f"/admin/practice/patient/{patient.pk}/change/").content.decode()
    assert "Quietly" not in re.search(r"<title>(.*?)</title>", page, re.S).group(1)


def test_a_practice_that_is_gone_is_chosen_no_more(clinic, staff):
    session = staff.session
    session["staff_practice"] = 10**6
    session.save()
    assert "all practices" in staff.get("/admin/").content.decode()


def test_a_membership_is_narrowed_with_its_practice(clinic, staff):
    with tenancy.unit(tenancy.EVERYTHING):
        MembershipFactory(practice=PracticeFactory(slug="third"))
    staff.get("/admin/?practice=third")
    assert len(staff.get("/admin/practice/membership/").context["cl"].result_list) == 1
    assert len(staff.get("/admin/auth/user/").context["cl"].result_list) == 1
    with tenancy.unit(tenancy.EVERYTHING):
        assert Membership.objects.count() == 6
