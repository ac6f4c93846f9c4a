"""Every address × everybody who may knock × safe and unsafe methods × page and fragment.

What is expected follows from `roles.TABLE` through `table.py`, which has one entry for
each address. Rows are real: who may come in reaches them, not merely a 404.
"""

import logging
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from practice import limits, presence, tenancy
from practice.models import AuditEntry, AuditSeal, Practice
from practice.roles import TABLE, Role, may
from tests.factories import MembershipFactory, PracticeFactory, UserFactory
from tests.isolation.clinics import SOMEBODYS, Clinic
from tests.isolation.knocking import Doors, path_of, put_in, rolled_back
from tests.isolation.table import DESK_PAGES, DESKS, OUTSIDE, PRACTICE, STAFF

UNSAFE_OTHER = "DELETE"
# Method and whether htmx asks for a fragment.
WAYS = [("GET", False), ("GET", True), ("POST", False), ("POST", True), (UNSAFE_OTHER, False)]
MEMBERS = [
    "owner who practises",
    "owner",
    "practitioner",
    "assistant",
    "read-only",
    "restricted: own patient",
    "restricted: another's patient",
]
STRANGERS = [
    "member of another practice",
    "deactivated member",
    "member of a suspended practice",
    "staff without membership",
]


# --- The URLconf and the table


def addresses(found=None, space="", start=""):
    """(name, route, view) of every address. Those of the staff desk that have no name only
    lead to one that has."""
    for pattern in get_resolver().url_patterns if found is None else found:
        route = start + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if not (space == "admin:" and pattern.name is None):
                yield f"{space}{pattern.name}", route, pattern.callback
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from addresses(pattern.url_patterns, space + inner, route)


def known_names():
    return {name for name, _, _ in addresses()}


def desk_names():
    return {f"admin:{model}_{page}" for model in DESKS for page in DESK_PAGES}


def test_every_address_has_an_entry():
    listed = {*PRACTICE, *OUTSIDE, *STAFF, *desk_names()}
    missing = sorted(known_names() - listed)
    assert not missing, f"add {missing} to tests/isolation/table.py"


def test_every_entry_has_an_address():
    gone = sorted(
        {*PRACTICE, *OUTSIDE, *STAFF, *desk_names()} - {name for name, _, _ in addresses()}
    )
    assert not gone, f"take {gone} out of tests/isolation/table.py"


def test_no_address_is_named_twice():
    """A page of ours may stand before allauth's, at the same address."""
    routes = {}
    for name, route, _ in addresses():
        assert routes.setdefault(name, route) == route


@pytest.mark.parametrize("name", PRACTICE)
def test_a_page_carries_the_action_of_its_entry(name):
    [view] = [view for found, _, view in addresses() if found == name]
    assert PRACTICE[name].action in TABLE
    assert getattr(view, "action", None) == PRACTICE[name].action


# --- The ground: made once, in a transaction that is rolled back


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    logging.disable(logging.ERROR)  # thousands of requests
    limits.forget()
    with django_db_blocker.unblock(), rolled_back():
        yield _world()
    logging.disable(logging.NOTSET)


def _world():
    bayside = Clinic("bayside")
    cove = Clinic("cove", restricts_patients=True)
    gone = Clinic("gone")
    with tenancy.unit(tenancy.EVERYTHING):
        elsewhere = MembershipFactory(practice=PracticeFactory(slug="elsewhere"), role=Role.OWNER)
        former = MembershipFactory(
            practice=bayside.practice, role=Role.OWNER, deactivated_at=timezone.now()
        )
        Practice.objects.filter(pk=gone.practice.pk).update(suspended_at=timezone.now())
    staff = UserFactory(is_staff=True, is_superuser=True, email="sam@operator.example")
    doors = {name: (bayside, bayside.members.get(name), bayside.rows_for(name)) for name in MEMBERS}
    narrowed = cove.members["practitioner"]
    doors["restricted: own patient"] = (cove, narrowed, cove.rows["practitioner"])
    doors["restricted: another's patient"] = (cove, narrowed, cove.rows["colleague"])
    doors["member of another practice"] = (bayside, elsewhere, bayside.all_rows)
    doors["deactivated member"] = (bayside, former, bayside.all_rows)
    doors["member of a suspended practice"] = (gone, gone.members["owner"], gone.all_rows)
    doors["staff without membership"] = (bayside, None, bayside.all_rows)
    doors["anonymous"] = (bayside, None, bayside.all_rows)
    users = {name: member.user for name, (_, member, _) in doors.items() if member}
    users["staff without membership"] = staff
    with tenancy.unit(tenancy.EVERYTHING):
        entry = AuditEntry.objects.filter(practice=bayside.practice).first()
        seal = AuditSeal.objects.create(day="2026-01-01", rows=0, last_id=0, head="0" * 64)
    of_staff = {
        "practice": bayside.practice,
        "user": staff,
        "email_address": EmailAddress.objects.create(user=staff, email=staff.email),
        "audit_entry": entry,
        "audit_seal": seal,
        "authenticator": Authenticator.objects.create(user=staff, type="totp", data={}),
    }
    return SimpleNamespace(
        doors=doors,
        knock=Doors(users).knock,
        staff_rows=bayside.all_rows
        | of_staff
        | {"user_session": UserSession.objects.filter(user=staff).first() or _session(staff)},
        answers={},
    )


def _session(user):
    return UserSession.objects.create(
        user=user, ip="127.0.0.1", session_key="k", user_agent="", last_seen_at=timezone.now()
    )


# --- Within a practice


@pytest.mark.parametrize("who", MEMBERS)
@pytest.mark.parametrize("name", PRACTICE)
def test_a_member_reaches_what_the_table_says(world, name, who):
    entry = PRACTICE[name]
    clinic, member, rows = world.doors[who]
    path = path_of(name, entry, clinic.slug, rows)
    data = {key: put_in([row], rows)[0] for key, row in entry.data.items()}
    hidden = who == "restricted: another's patient" and SOMEBODYS & {
        *entry.args,
        *entry.data.values(),
    }
    wrong = []
    for method, htmx in WAYS:
        answer = world.knock(who, path, method, htmx, data)
        if not as_expected(entry, clinic, member, method, answer, hidden):
            wrong.append((method, htmx, answer.status_code, answer.headers.get("Location")))
    assert not wrong, path


def as_expected(entry, clinic, member, method, answer, hidden):
    status = answer.status_code
    answered = method in entry.methods.split()
    barred = entry.not_restricted and clinic.practice.restricts_patients
    if barred or not may(member, entry.action):
        return status == 403 or (status == 405 and not answered)
    if not answered:
        return status == 405
    if hidden:
        return status == 404
    if status == 302:
        return answer["Location"].startswith((f"/{clinic.slug}/", entry.leads or "/"))
    return status in {200, 204, 422} | entry.reaches


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("name", PRACTICE)
def test_a_stranger_learns_no_more_than_of_a_practice_that_does_not_exist(world, name, who):
    clinic, _, rows = world.doors[who]
    path = path_of(name, PRACTICE[name], clinic.slug, rows)
    for method, htmx in WAYS:
        answer = world.knock(who, path, method, htmx)
        assert (answer.status_code, answer.content) == nowhere(world, who, method, htmx)
        assert answer.status_code == 404


def nowhere(world, who, method, htmx):
    """What that person is told of a practice that does not exist."""
    key = (who, method, htmx)
    if key not in world.answers:
        path = reverse("practice:today", args=["no-such-practice"])
        answer = world.knock(who, path, method, htmx)
        world.answers[key] = (answer.status_code, answer.content)
    return world.answers[key]


@pytest.mark.parametrize("name", PRACTICE)
def test_who_is_not_signed_in_is_asked_to(world, name):
    clinic, _, rows = world.doors["anonymous"]
    path = path_of(name, PRACTICE[name], clinic.slug, rows)
    for method, htmx in WAYS:
        asked_to_sign_in(world.knock("anonymous", path, method, htmx), method, htmx)


def asked_to_sign_in(answer, method, htmx=False):
    """By a page that leads there; who posted something keeps it and is told."""
    if method == "GET" and not htmx:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/login/")
    else:
        assert (answer.status_code, answer[presence.ENDED]) == (401, "gone")


# --- Outside of practices


@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_of_practices_the_listed_answers_are_given(world, name):
    entry = OUTSIDE[name]
    path = reverse(name, args=put_in(entry.args, {}))
    for method in ("GET", "POST"):
        stranger = world.knock("anonymous", path, method)
        if entry.anonymous is None:
            asked_to_sign_in(stranger, method)
        else:
            assert stranger.status_code in entry.anonymous, method
        for who in (*MEMBERS[1:5], "staff without membership"):
            assert world.knock(who, path, method).status_code in entry.member, (who, method)


@pytest.mark.parametrize("name", [name for name in OUTSIDE if not name.startswith("admin:")])
def test_outside_of_practices_no_row_of_one_is_shown(world, name):
    answer = world.knock("deactivated member", reverse(name, args=put_in(OUTSIDE[name].args, {})))
    assert b"Bayside" not in answer.content


def test_static_files_need_no_sign_in(world):
    assert world.knock("anonymous", "/static/css/no-such.css").status_code in (302, 404)


# --- The staff desk


def staff_paths():
    yield from STAFF.items()
    for model, desk in DESKS.items():
        for page in DESK_PAGES:
            row = () if page in ("changelist", "add") else (desk.row,)
            yield f"admin:{model}_{page}", row


@pytest.mark.parametrize(("name", "args"), list(staff_paths()))
def test_the_staff_desk_is_for_staff(world, name, args):
    path = reverse(name, args=put_in(args, world.staff_rows))
    for who in ("anonymous", "owner who practises", "deactivated member"):
        for method, htmx in (("GET", False), ("POST", True)):
            answer = world.knock(who, path, method, htmx)
            assert answer.status_code in (302, 401, 403), (who, method)
            if answer.status_code == 302:
                assert answer["Location"].startswith(("/admin/login/", "/account/"))


@pytest.mark.parametrize(("name", "args"), list(staff_paths()))
def test_staff_reach_the_pages_of_their_desk(world, name, args):
    path = reverse(name, args=put_in(args, world.staff_rows))
    answer = world.knock("staff without membership", path)
    assert answer.status_code in expected_of_staff(name), answer.headers.get("Location")


def expected_of_staff(name):
    model, _, page = name.removeprefix("admin:").rpartition("_")
    desk = DESKS.get(model)
    if name == "admin:view_on_site":
        return {404}
    if name == "admin:autocomplete":
        return {403}
    if desk and page == "add":
        return {200} if desk.adds else {403}
    if desk and page == "delete":
        return {200} if desk.deletes else {403}
    return {200}
