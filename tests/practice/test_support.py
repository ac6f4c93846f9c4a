"""The operator's staff see a practice as one of its members does: to look only, for a time,
with a reason, and never unseen."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from practice import support, tasks, tenancy
from practice.models import AuditEntry, Membership, SupportView
from practice.vendors.http import Http
from tests.factories import MembershipFactory, UserFactory
from tests.test_access import desk  # noqa: F401  a clinic with something on every page
from tests.test_urls import ARGUMENTS, within_a_practice

pytestmark = pytest.mark.django_db

REASON = "Parcel 12 shows no driver"


def a_staff_member(**fields):
    user = UserFactory(is_staff=True, email="sam@operator.example", **fields)
    for name in ("add_supportview", "view_membership", "change_membership"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    Authenticator.objects.create(user=user, type="totp", data={})
    return user


@pytest.fixture
def sam(db):
    return a_staff_member()


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def begin(browser, user, member, *, reason=REASON, now=None):
    """As the staff desk does it, in the session of `browser`."""
    session = browser.session
    with tenancy.unit(tenancy.EVERYTHING):
        view = support.begin(session, user, member, reason, now or timezone.now())
    session.save()
    return view


@pytest.fixture
def looking(clinic, sam):
    """Sam's browser, in which Bayside is seen as Bob."""
    browser = browser_of(sam)
    begin(browser, sam, clinic.members.bob)
    return browser


def entries(**of):
    with tenancy.unit(tenancy.EVERYTHING):
        return list(AuditEntry.objects.filter(**of).order_by("pk"))


def test_staff_without_a_support_view_find_nothing(clinic, sam):
    assert browser_of(sam).get(clinic.url("today")).status_code == 404


def test_every_page_says_who_is_seen_until_when_and_why(clinic, looking):
    for page in ("today", "patient-list", "practice-settings"):
        words = looking.get(clinic.url(page)).content.decode()
        assert "You see Bayside Clinic as Bob Brandt, MD." in words
        assert "Read-only, until" in words
        assert REASON in words


def test_a_member_sees_no_banner(clinic):
    assert "Support view" not in clinic.bob.get(clinic.url("today")).content.decode()


def test_only_that_practice_opens(clinic, looking):
    assert looking.get("/other/").status_code == 404


def test_only_the_browser_in_which_it_began_sees(clinic, sam, looking):
    assert browser_of(sam).get(clinic.url("today")).status_code == 404


def test_what_a_page_showed_stands_in_the_trail_with_name_way_and_reason(clinic, sam, looking):
    patient = clinic.patient(first_name="Imani")
    looking.get(clinic.url("patient-detail", patient.pk))
    [entry] = entries(action="viewed", patient_id=patient.pk)
    assert (entry.via, entry.user_id, entry.reason) == ("support", sam.pk, REASON)
    assert entry.who == "sam@operator.example, as Bob Brandt, MD"


def test_beginning_and_end_stand_in_the_trail_as_looks(clinic, looking):
    looking.post(reverse("support-stop"))
    found = [(entry.detail["support_view"], entry.reason) for entry in entries(action="looked")]
    assert found == [("begun", REASON), ("ended", REASON)]


def test_stop_ends_it(clinic, looking):
    answer = looking.post(reverse("support-stop"))
    assert answer.status_code == 302
    assert looking.get(clinic.url("today")).status_code == 404


def test_there_is_nothing_to_stop_for_others(clinic):
    assert clinic.alice.post(reverse("support-stop")).status_code == 404


def test_after_half_an_hour_it_is_over_and_the_page_says_so(clinic, sam):
    browser = browser_of(sam)
    begin(browser, sam, clinic.members.bob, now=timezone.now() - dt.timedelta(minutes=31))
    answer = browser.get(clinic.url("today"))
    assert answer.status_code == 404
    assert "You no longer see this practice" in answer.content.decode()
    assert "You no longer see" not in browser.get(clinic.url("today")).content.decode()


def test_the_sweep_writes_the_end_down(clinic, sam):
    then = timezone.now() - dt.timedelta(minutes=31)
    view = begin(browser_of(sam), sam, clinic.members.bob, now=then)
    with tenancy.declare(tenancy.EVERYTHING):
        [(practice_id, view_id)] = support.over(timezone.now())
    tasks.finish_support(practice_id, view_id)
    tasks.finish_support(practice_id, view_id)
    with clinic.open():
        assert SupportView.objects.get(pk=view.pk).ended_at == view.expires_at
    assert [e.detail["support_view"] for e in entries(action="looked")] == ["begun", "ended"]


@pytest.mark.parametrize(
    "losing",
    [
        lambda sam, bob: bob.user.__class__.objects.filter(pk=sam.pk).update(is_staff=False),
        lambda sam, bob: bob.user.__class__.objects.filter(pk=sam.pk).update(is_active=False),
        lambda sam, bob: sam.user_permissions.clear(),
        lambda sam, bob: Authenticator.objects.filter(user=sam).delete(),
        lambda sam, bob: Membership.objects.filter(pk=bob.pk).update(deactivated_at=timezone.now()),
        lambda sam, bob: bob.user.__class__.objects.filter(pk=bob.user_id).update(is_active=False),
    ],
    ids=["no staff", "staff locked out", "no permission", "no second step", "left", "locked out"],
)
def test_whatever_takes_the_right_away_ends_it_at_the_next_request(clinic, sam, looking, losing):
    with tenancy.unit(tenancy.EVERYTHING):
        losing(sam, clinic.members.bob)
    assert looking.get(clinic.url("today")).status_code in (302, 404)


def test_a_second_view_ends_the_first(clinic, sam, looking):
    begin(browser_of(sam), sam, clinic.members.alice)
    assert looking.get(clinic.url("today")).status_code == 404


@pytest.mark.parametrize("reason", ["", "help", "         x         "])
def test_a_short_reason_begins_nothing(clinic, sam, reason):
    with pytest.raises(support.CannotSee):
        begin(browser_of(sam), sam, clinic.members.bob, reason=reason)


def test_staff_without_a_second_step_begin_nothing(clinic, sam):
    Authenticator.objects.all().delete()
    with pytest.raises(support.CannotSee):
        begin(browser_of(sam), sam, clinic.members.bob)


def test_a_member_who_left_cannot_be_seen_as(clinic, sam):
    bob = clinic.members.bob
    with clinic.open():
        bob.deactivated_at = timezone.now()
        bob.save()
    with pytest.raises(support.CannotSee):
        begin(browser_of(sam), sam, bob)


def test_a_restricted_practitioner_is_seen_with_their_own_patients_only(clinic, sam, looking):
    with tenancy.unit(tenancy.EVERYTHING):
        clinic.here.restricts_patients = True
        clinic.here.save()
    mine = clinic.patient(first_name="Imani", practitioner=clinic.members.bob)
    other = clinic.patient(first_name="Quentin")
    words = looking.get(clinic.url("patient-list")).content.decode()
    assert ("Imani" in words, "Quentin" in words) == (True, False)
    assert looking.get(clinic.url("patient-detail", mine.pk)).status_code == 200
    assert looking.get(clinic.url("patient-detail", other.pk)).status_code == 404


def test_where_else_the_member_works_is_not_shown(clinic, looking):
    with tenancy.unit(tenancy.EVERYTHING):
        MembershipFactory(user=clinic.members.bob.user, practice=clinic.elsewhere)
    assert "Other Clinic" not in looking.get(clinic.url("today")).content.decode()
    assert looking.get("/other/").status_code == 404


def test_what_stays_closed_says_so_in_plain_words(clinic, looking):
    answer = looking.get(clinic.url("patient-add"))
    assert answer.status_code == 403
    words = answer.content.decode()
    assert "This view is to look only" in words
    assert "You see Bayside Clinic as Bob Brandt, MD." in words


# --- Every address


def everything_but_the_trail() -> dict[str, str]:
    """A checksum of each table's rows, without the trail's and the browsers' own."""
    left_out = {"practice_auditentry", "django_session", "usersessions_usersession"}
    with tenancy.unit(tenancy.EVERYTHING), connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - left_out)
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t"
                for name in tables
            )
        )
        return dict(cursor.fetchall())


def address_of(one, desk):  # noqa: F811
    """The address with ids of rows that are there, where the clinic has some."""
    _, route, arguments = one.values
    here = {
        "practice_slug": desk.practice.slug,
        "patient_id": desk.patient.pk,
        "plan_id": desk.signed.pk,
        "product_id": desk.product.pk,
        "pk": desk.product.pk if "catalogue" in route else desk.parcel.pk,
    }
    for name, converter in arguments.items():
        value = converter.to_url(here.get(name, ARGUMENTS.get(name)))
        for kind in ("slug", "int", "str", "uuid", "path"):
            route = route.replace(f"<{kind}:{name}>", value)
    return "/" + route


def is_shown(one) -> bool:
    page = one.values[0].callback
    return page.action == "see" and not getattr(page, "opens_itself", False)


@pytest.fixture
def looking_around(desk, sam):  # noqa: F811
    browser = browser_of(sam)
    begin(browser, sam, desk.member)
    return browser


def test_no_address_changes_a_row_or_calls_a_vendor(desk, looking_around, sam, monkeypatch):  # noqa: F811
    called = []
    monkeypatch.setattr(Http, "send", lambda self, *args, **kwargs: called.append(args))
    before, last = everything_but_the_trail(), entries()[-1].pk
    for one in within_a_practice():
        for method in ("GET", "POST", "PUT", "DELETE"):
            path = address_of(one, desk)
            answer = looking_around.generic(method, path, "quantity=1&confirmed=yes")
            closed = answer.status_code == 403
            assert closed is not is_shown(one), (method, path, answer.status_code)
            assert answer.status_code < 500, path
        after = everything_but_the_trail()
        assert after == before, one.id
    new = entries(pk__gt=last)
    assert {entry.action for entry in new} <= {"viewed", "searched", "printed", "exported"}
    assert {(entry.via, entry.user_id, entry.reason) for entry in new} == {
        ("support", sam.pk, REASON)
    }
    assert called == []


def test_pages_that_show_something_open(desk, looking_around):  # noqa: F811
    posted = {"plan_sheet_printed"}
    for one in within_a_practice():
        page = one.values[0].callback
        if is_shown(one) and not set(one.values[2]) - {
            *("practice_slug", "patient_id", "plan_id", "pk"),
        }:
            answer = looking_around.get(address_of(one, desk))
            assert answer.status_code == 200 or page.__name__ in posted, one.id


# --- Visible to the practice


def test_owners_get_an_email_once(clinic, sam):
    view = begin(browser_of(sam), sam, clinic.members.bob)
    tasks.tell_of_support(clinic.here.pk, view.pk)
    tasks.tell_of_support(clinic.here.pk, view.pk)
    [message] = mail.outbox
    assert message.to == [clinic.members.alice.user.email]
    for words in ("sam@operator.example", "Bob Brandt, MD", REASON, "/bayside/settings/support"):
        assert words in message.body


def test_the_sweep_finds_owners_whom_nobody_told(clinic, sam):
    then = timezone.now() - dt.timedelta(minutes=3)
    view = begin(browser_of(sam), sam, clinic.members.bob, now=then)
    with tenancy.declare(tenancy.EVERYTHING):
        assert support.untold(timezone.now()) == [(clinic.here.pk, view.pk)]
        tasks.tell_of_support(clinic.here.pk, view.pk)
        assert support.untold(timezone.now()) == []


def test_owners_read_who_looked_as_whom_when_and_why(clinic, looking):
    words = clinic.alice.get(clinic.url("support-list")).content.decode()
    for told in ("sam@operator.example", "Bob Brandt, MD", REASON, "Looking now"):
        assert told in words
    assert "Looked in 1 time" in clinic.alice.get(clinic.url("practice-settings")).content.decode()


def test_only_owners_read_it(clinic, looking):
    assert clinic.bob.get(clinic.url("support-list")).status_code == 403
    assert (
        "Operator's support" not in clinic.bob.get(clinic.url("practice-settings")).content.decode()
    )


def test_another_practices_owner_reads_nothing_of_it(clinic, looking):
    words = clinic.charlie.get("/other/settings/support").content.decode()
    assert "Nobody looked in" in words


def test_after_ninety_days_it_leaves_the_page(clinic, sam):
    begin(browser_of(sam), sam, clinic.members.bob, now=timezone.now() - dt.timedelta(days=91))
    assert "Nobody looked in" in clinic.alice.get(clinic.url("support-list")).content.decode()


def test_the_list_does_a_fixed_number_of_queries(clinic, sam, queries):
    def rows(count):
        for _ in range(count):
            begin(browser_of(sam), sam, clinic.members.bob)
        with queries() as done:
            clinic.alice.get(clinic.url("support-list"))
        return len(done)

    rows(1)
    assert rows(9) == rows(40)


# --- From the staff desk

MEMBERS = "/admin/practice/membership/"


def asked(browser, *members):
    keys = [member.pk for member in members]
    return browser.post(MEMBERS, {"action": "see_as", "index": 0, "_selected_action": keys})


def test_it_begins_on_the_staff_desk_with_a_reason(clinic, sam):
    browser = browser_of(sam)
    page = asked(browser, clinic.members.bob)
    answer = browser.post(MEMBERS, {"confirmed": page.context["token"], "reason": REASON})
    assert answer.url == "/bayside/"
    assert "You see Bayside Clinic as Bob Brandt, MD." in browser.get("/bayside/").content.decode()


def test_the_staff_desk_asks_for_a_longer_reason(clinic, sam):
    browser = browser_of(sam)
    page = asked(browser, clinic.members.bob)
    answer = browser.post(MEMBERS, {"confirmed": page.context["token"], "reason": "help"})
    assert answer.status_code == 422
    assert browser.get("/bayside/").status_code == 404


def test_one_member_at_a_time(clinic, sam):
    answer = asked(browser_of(sam), clinic.members.bob, clinic.members.alice)
    assert getattr(answer, "context", None) is None or "token" not in answer.context


@pytest.mark.parametrize(
    "losing",
    [
        lambda sam: sam.user_permissions.remove(Permission.objects.get(codename="add_supportview")),
        lambda sam: Authenticator.objects.filter(user=sam).delete(),
    ],
    ids=["no permission", "no second step"],
)
def test_the_staff_desk_offers_it_to_nobody_else(clinic, sam, losing):
    losing(sam)
    browser = browser_of(sam)
    answer = asked(browser, clinic.members.bob)
    assert getattr(answer, "context", None) is None or "token" not in answer.context
