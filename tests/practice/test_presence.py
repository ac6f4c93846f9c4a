"""How long a session lasts, and what is answered when it has ended."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice import presence, tenancy
from practice.models import AuditEntry
from tests.factories import MembershipFactory, PracticeFactory, UserFactory, staff_user
from tests.practice.presences import age_of, data_of, key_of

MINUTES = 60
HTMX = {"HX-Request": "true"}
SIGN_IN = "/account/login/"


def is_signed_in(browser) -> bool:
    return browser.get("/session/").json()["who"] is not None


def set_minutes(practice, minutes):
    practice.idle_minutes = minutes
    with tenancy.unit(tenancy.EVERYTHING):
        practice.save(update_fields=["idle_minutes"])


@pytest.fixture
def at_two(clinic):
    """Bob works at a second practice, where sessions end after 5 minutes."""
    strict = PracticeFactory(slug="strict", idle_minutes=5)
    with tenancy.unit(tenancy.EVERYTHING):
        MembershipFactory(user=clinic.members.bob.user, practice=strict)
    return clinic


@pytest.mark.parametrize(("idle", "status"), [(15 * MINUTES - 5, 200), (15 * MINUTES, 302)])
def test_a_session_ends_after_15_minutes_of_nothing(clinic, idle, status):
    age_of(clinic.bob, idle=idle)
    assert clinic.bob.get(clinic.url("patient-list")).status_code == status


@pytest.mark.parametrize(("idle", "status"), [(30 * MINUTES - 5, 200), (30 * MINUTES, 302)])
def test_a_practice_says_how_many_minutes(clinic, idle, status):
    set_minutes(clinic.here, 30)
    age_of(clinic.bob, idle=idle)
    assert clinic.bob.get(clinic.url("patient-list")).status_code == status


def test_a_session_that_is_used_all_the_time_ends_after_12_hours(clinic):
    age_of(clinic.bob, lasted=12 * 60 * MINUTES)
    page = clinic.bob.get(clinic.url("patient-list"), follow=True)
    assert "a session lasts 12 hours" in page.content.decode()


def test_each_practice_keeps_its_own_minutes(at_two):
    age_of(at_two.bob, idle=10 * MINUTES)
    assert at_two.bob.get(at_two.url("patient-list")).status_code == 200


def test_the_stricter_practice_ends_the_session(at_two):
    age_of(at_two.bob, idle=10 * MINUTES)
    assert at_two.bob.get("/strict/").status_code == 302
    assert not is_signed_in(at_two.bob)


@pytest.mark.parametrize("path", ["/", "/account/email/", "/account/sessions/", "/admin/"])
def test_outside_of_practices_the_strictest_counts(at_two, path):
    age_of(at_two.bob, idle=10 * MINUTES)
    answer = at_two.bob.get(path)
    assert (answer.status_code, answer.url) == (302, f"{SIGN_IN}?next={path}")


def test_staff_without_a_practice_have_15_minutes(db):
    browser = Client()
    browser.force_login(staff_user())
    age_of(browser, idle=15 * MINUTES)
    assert browser.get("/admin/").status_code == 302
    assert not is_signed_in(browser)


def test_a_session_from_before_they_were_timed_has_ended(clinic):
    with data_of(key_of(clinic.bob)) as data:
        del data["signed_in_at"]
    assert clinic.bob.get(clinic.url("patient-list")).status_code == 302


def test_a_page_keeps_a_session_alive(clinic):
    age_of(clinic.bob, idle=14 * MINUTES)
    clinic.bob.get(clinic.url("patient-list"))
    age_of(clinic.bob, idle=14 * MINUTES)
    assert clinic.bob.get(clinic.url("patient-list")).status_code == 200


def test_what_a_page_asks_by_itself_does_not(clinic):
    age_of(clinic.bob, idle=14 * MINUTES)
    background = {**HTMX, "X-Background": "1"}
    assert clinic.bob.get(clinic.url("patient-list"), headers=background).status_code == 200
    age_of(clinic.bob, idle=14 * MINUTES)
    assert clinic.bob.get(clinic.url("patient-list")).status_code == 302


def writes_of_a_page(clinic, idle):
    age_of(clinic.bob, idle=idle)
    with CaptureQueriesContext(connection) as asked:
        clinic.bob.get(clinic.url("practice-settings"))
    return [one["sql"] for one in asked if one["sql"].startswith("UPDATE")]


def test_a_page_writes_nothing_within_half_a_minute(clinic):
    assert writes_of_a_page(clinic, 25) == []


def test_then_it_writes_once(clinic):
    (only,) = writes_of_a_page(clinic, 31)
    assert "django_session" in only


def test_the_cookie_leaves_with_the_browser(db):
    user = UserFactory()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    browser = Client()
    words = {"login": user.email, "password": "correct horse battery", "remember": "on"}
    assert browser.post(SIGN_IN, words).status_code == 302
    assert browser.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


# --- Who was locked out


def lock_out(member):
    member.deactivated_at = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        member.save(update_fields=["deactivated_at"])


@pytest.mark.parametrize("path", ["/bayside/", "/bayside/patients/", "/", "/account/email/"])
def test_who_is_locked_out_is_out_at_the_next_page(clinic, path):
    lock_out(clinic.members.bob)
    answer = clinic.bob.get(path)
    assert (answer.status_code, answer.url) == (302, f"{SIGN_IN}?next={path}")


def test_and_in_every_browser(clinic):
    other = Client()
    other.force_login(clinic.members.bob.user)
    lock_out(clinic.members.bob)
    assert clinic.bob.get("/bayside/patients/", headers=HTMX).status_code == 401
    assert other.post("/bayside/patients/add", {}).status_code == 401
    assert not is_signed_in(clinic.bob)
    assert not is_signed_in(other)


def test_they_may_sign_in_for_another_practice(at_two):
    lock_out(at_two.members.bob)
    again = Client()
    again.force_login(at_two.members.bob.user)
    assert again.get("/strict/").status_code == 200
    assert again.get("/bayside/").status_code == 404


def test_a_person_who_was_switched_off_is_out(clinic):
    user = clinic.members.bob.user
    user.is_active = False
    user.save()
    assert clinic.bob.get("/bayside/").status_code == 302
    assert not is_signed_in(clinic.bob)


def test_a_suspended_practice_ends_no_session(clinic):
    clinic.here.suspended_at = timezone.now()
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.here.save()
    assert clinic.bob.get("/bayside/").status_code == 404
    assert is_signed_in(clinic.bob)


# --- What an ended session is answered


def test_a_page_leads_to_the_sign_in_and_says_why(clinic):
    age_of(clinic.bob, idle=16 * MINUTES)
    answer = clinic.bob.get("/bayside/patients/?q=Marsh")
    assert answer.url == f"{SIGN_IN}?next=/bayside/patients/"
    assert "nothing was done for a while" in clinic.bob.get(answer.url).content.decode()


def test_a_session_that_is_gone_is_told_so_too(clinic):
    presence.store_class()(key_of(clinic.bob)).delete()
    page = clinic.bob.get("/bayside/patients/", follow=True)
    assert "You are no longer signed in here" in page.content.decode()


def test_who_never_signed_in_is_told_nothing(db):
    page = Client().get("/bayside/patients/", follow=True).content.decode()
    assert "no longer" not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_script_is_told_by_status_and_header(clinic, method):
    age_of(clinic.bob, idle=16 * MINUTES)
    answer = getattr(clinic.bob, method)("/bayside/patients/", headers=HTMX)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["Session-Ended"] == "idle"


def test_a_form_is_told_that_nothing_was_saved(clinic):
    age_of(clinic.bob, idle=16 * MINUTES)
    came_from = {"Referer": "http://testserver/bayside/patients/add?q=Marsh"}
    answer = clinic.bob.post("/bayside/patients/add", {"last_name": "X"}, headers=came_from)
    page = answer.content.decode()
    assert answer.status_code == 401
    assert "Nothing was saved" in page
    assert "login/?next=%2Fbayside%2Fpatients%2Fadd&quot;" in page.replace('"', "&quot;")


def test_the_sign_in_says_why_also_after_a_script_learned_it(clinic):
    age_of(clinic.bob, idle=16 * MINUTES)
    clinic.bob.get("/session/")
    assert "nothing was done for a while" in clinic.bob.get(SIGN_IN).content.decode()


def test_a_browser_that_was_never_signed_in_is_told_nothing_either(db):
    browser = Client()
    kept = browser.session
    kept["theme"] = "dark"
    kept.save()
    assert "no longer" not in browser.get("/bayside/", follow=True).content.decode()


def test_an_ended_session_may_still_sign_in(clinic):
    age_of(clinic.bob, idle=16 * MINUTES)
    assert clinic.bob.get(SIGN_IN).status_code == 200


def test_the_trail_says_why_a_session_ended(clinic):
    age_of(clinic.bob, idle=16 * MINUTES)
    clinic.bob.get("/bayside/")
    with clinic.open():
        entry = AuditEntry.objects.filter(action="signed_out").get()
    assert (entry.who, entry.detail["why"]) == ("Bob Brandt, MD", "idle")


# --- What a page's script asks


def test_a_page_learns_who_is_here_and_for_how_long(clinic):
    set_minutes(clinic.here, 30)
    age_of(clinic.bob, idle=100)
    answer = clinic.bob.get("/session/", headers={"X-Practice": "bayside"})
    said = answer.json()
    assert said["who"] == clinic.members.bob.user.pk
    assert 30 * MINUTES - 110 < said["left"] <= 30 * MINUTES - 100
    assert "no-store" in answer["Cache-Control"]


def test_asking_keeps_nothing_alive_and_saying_does(clinic):
    age_of(clinic.bob, idle=100)
    clinic.bob.get("/session/")
    assert clinic.bob.get("/session/").json()["left"] <= 15 * MINUTES - 100
    assert clinic.bob.post("/session/").json()["left"] >= 15 * MINUTES - 5


def test_a_strangers_practice_does_not_make_it_longer(at_two):
    set_minutes(at_two.elsewhere, 60)
    said = at_two.bob.get("/session/", headers={"X-Practice": "other"}).json()
    assert said["left"] <= 5 * MINUTES


def test_nobody_is_here_once_it_has_ended(clinic):
    age_of(clinic.bob, idle=16 * MINUTES)
    assert clinic.bob.get("/session/").json() == {"who": None, "left": 0}
    assert clinic.bob.post("/session/").status_code == 401


def test_the_session_is_kept_alive_by_a_page_with_its_token_only(clinic):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(clinic.members.bob.user)
    assert strict.post("/session/").status_code == 403
