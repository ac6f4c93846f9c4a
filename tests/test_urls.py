"""Every address of the portal, walked through: who gets in.

Addresses are read from the URLconf, so new ones are checked as they come. An address with
an argument that is not in ARGUMENTS fails here with its name: add a value for it.
"""

import pytest
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from django.utils.module_loading import import_string

from practice import tenancy
from practice.roles import TABLE, Role, roles_of
from tests.factories import MembershipFactory, PracticeFactory

pytestmark = pytest.mark.django_db

# A value for each argument of an address, by its name. Ids are of no row at all: who may
# not come in must learn the same about them as about those that exist.
ARGUMENTS = {
    "connection_id": 1,
    "event_id": 1,
    "hook_path": "no-such-path",
    "cover_id": 1,
    "invitation_id": 1,
    "item_id": 1,
    "join_slug": "bayside",
    "kind": "photo",
    "listing_id": 1,
    "merge_id": 1,
    "other_id": 2,
    "member_id": 1,
    "pack_id": 1,
    "patient_id": 1,
    "pk": 1,
    "pill_id": 1,
    "plan_id": 1,
    "product_id": 1,
    "protocol_id": 1,
    "run_id": 1,
    "sending_id": 1,
    "sku": "SKU-1",
    "slot": "breakfast",
    "token": "no-such-secret",
    "vendor": "wholescripts",
}

# Addresses outside a practice that answer without a sign-in, and why.
OPEN = {
    "join": "the link's secret says who is invited",
    "hook": "vendors sign their requests instead",
    "practice-hook": "vendors sign their requests instead",
    "session": "tells a page's script that nobody is signed in",
}
# Those that show everybody themselves, and no practice's rows.
OF_ONESELF = {"session", "session-again"}

# Django's own and allauth's: they guard themselves and are tested there.
NOT_OURS = ("account/", "admin/", "static/")


def addresses(patterns=None, prefix="", arguments=None, space=""):
    """(name, path, needs a practice) of every address but those of NOT_OURS."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        known = {**(arguments or {}), **pattern.pattern.converters}
        if route.startswith(NOT_OURS):
            continue
        if isinstance(pattern, URLPattern):
            name = f"{space}{pattern.name}"
            yield pytest.param(pattern, route, known, id=name)
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from addresses(pattern.url_patterns, route, known, space + inner)


def within_a_practice():
    return [one for one in addresses() if "practice_slug" in one.values[2]]


def outside_of_practices():
    return [one for one in addresses() if "practice_slug" not in one.values[2]]


def filled(route, arguments, slug=""):
    """The path of `route` with a value for each argument."""
    for name, converter in arguments.items():
        value = slug if name == "practice_slug" else ARGUMENTS[name]
        for written in (f"<{kind}:{name}>" for kind in ("slug", "int", "str", "uuid", "path")):
            route = route.replace(written, converter.to_url(value))
    assert "<" not in route, route
    return "/" + route


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def get(user, path):
    return signed_in(user).get(path)


@pytest.fixture
def bayside():
    with tenancy.unit(tenancy.EVERYTHING):
        return PracticeFactory(slug="bayside")


def member(practice, **fields):
    with tenancy.unit(tenancy.EVERYTHING):
        return MembershipFactory(practice=practice, **fields).user


def test_the_walk_finds_the_portal():
    names = {one.id for one in addresses()}
    assert {"home", "practice:today", "practice:patient-edit", "catalog:product-list"} <= names


@pytest.mark.parametrize(("pattern", "route", "arguments"), list(addresses()))
def test_each_argument_has_a_value(pattern, route, arguments):
    missing = set(arguments) - set(ARGUMENTS) - {"practice_slug"}
    assert not missing, f"add {sorted(missing)} to ARGUMENTS"


@pytest.mark.parametrize(("pattern", "route", "arguments"), list(addresses()))
def test_each_address_has_a_name(pattern, route, arguments):
    assert pattern.name


@pytest.mark.parametrize(("pattern", "route", "arguments"), list(addresses()))
def test_who_is_not_signed_in_is_asked_to(pattern, route, arguments, bayside):
    answer = Client().get(filled(route, arguments, "bayside"))
    if pattern.name in OPEN:
        assert answer.status_code != 302
        return
    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/")


@pytest.mark.parametrize(("pattern", "route", "arguments"), within_a_practice())
def test_a_member_of_another_practice_finds_nothing(pattern, route, arguments, bayside):
    stranger = member(PracticeFactory())
    inside = get(stranger, filled(route, arguments, "bayside"))
    nowhere = get(stranger, filled(route, arguments, "no-such-practice"))
    assert inside.status_code == nowhere.status_code == 404
    assert inside.content == nowhere.content


@pytest.mark.parametrize(("pattern", "route", "arguments"), within_a_practice())
def test_a_member_who_was_locked_out_finds_nothing(pattern, route, arguments, bayside):
    former = member(bayside, role=Role.OWNER, deactivated_at=timezone.now())
    assert get(former, filled(route, arguments, "bayside")).status_code == 404


@pytest.mark.parametrize(("pattern", "route", "arguments"), within_a_practice())
def test_each_page_of_a_practice_names_the_action_it_is(pattern, route, arguments):
    assert getattr(pattern.callback, "action", None) in TABLE


@pytest.mark.parametrize(("pattern", "route", "arguments"), within_a_practice())
def test_only_the_roles_of_its_action_come_in(pattern, route, arguments, bayside):
    path = filled(route, arguments, "bayside")
    for role in Role:
        user = member(bayside, role=role)
        if role in roles_of(pattern.callback.action):
            assert get(user, path).status_code != 403, role
        else:
            browser = signed_in(user)
            assert 403 in (browser.get(path).status_code, browser.post(path).status_code), role


@pytest.mark.parametrize(("pattern", "route", "arguments"), outside_of_practices())
def test_outside_of_practices_no_rows_are_open(pattern, route, arguments, bayside):
    owner = member(bayside, role=Role.OWNER)
    expected = (200,) if pattern.name in OF_ONESELF else (302, 400, 404, 405)
    assert get(owner, filled(route, arguments)).status_code in expected


def test_signing_in_leads_to_the_practice(bayside):
    user = member(bayside)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    words = {"login": user.email, "password": "correct horse battery"}
    answer = Client().post("/account/login/", words, follow=True)
    assert answer.redirect_chain[-1][0] == "/bayside/"


def test_a_sign_in_is_asked_for_by_default():
    asks = [import_string(path) for path in settings.MIDDLEWARE]
    assert any(isinstance(one, type) and issubclass(one, LoginRequiredMiddleware) for one in asks)
