"""Every address of the portal, walked through. Who gets in is told by `tests/isolation`.

Addresses are read from the URLconf, so new ones are checked as they come. An address with
an argument that is not in ARGUMENTS fails here with its name: add a value for it.
"""

import pytest
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils.module_loading import import_string

from practice import tenancy
from tests.factories import MembershipFactory, PracticeFactory

pytestmark = pytest.mark.django_db

# A value for each argument of an address, by its name. Ids are of no row at all: who may
# not come in must learn the same about them as about those that exist.
ARGUMENTS = {
    "connection_id": 1,
    "entry_id": 1,
    "event_id": 1,
    "hook_path": "no-such-path",
    "cover_id": 1,
    "invitation_id": 1,
    "import_id": 1,
    "item_id": 1,
    "lab_id": 1,
    "result_id": 1,
    "join_slug": "bayside",
    "kind": "photo",
    "listing_id": 1,
    "mark_id": 1,
    "merge_id": 1,
    "other_id": 2,
    "member_id": 1,
    "outside_id": 1,
    "pack_id": 1,
    "patient_id": 1,
    "pk": 1,
    "pill_id": 1,
    "plan_id": 1,
    "file_id": 1,
    "product_id": 1,
    "protocol_id": 1,
    "run_id": 1,
    "sending_id": 1,
    "sku": "SKU-1",
    "slot": "breakfast",
    "token": "no-such-secret",
    "vendor": "wholescripts",
}

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


@pytest.fixture
def bayside():
    with tenancy.unit(tenancy.EVERYTHING):
        return PracticeFactory(slug="bayside")


def member(practice, **fields):
    with tenancy.unit(tenancy.EVERYTHING):
        return MembershipFactory(practice=practice, **fields).user


@pytest.mark.parametrize(("pattern", "route", "arguments"), list(addresses()))
def test_each_argument_has_a_value(pattern, route, arguments):
    missing = set(arguments) - set(ARGUMENTS) - {"practice_slug"}
    assert not missing, f"add {sorted(missing)} to ARGUMENTS"


@pytest.mark.parametrize(("pattern", "route", "arguments"), list(addresses()))
def test_each_address_has_a_name(pattern, route, arguments):
    assert pattern.name


def test_signing_in_leads_to_the_practice(bayside):
    user = member(bayside)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    words = {"login": user.email, "password": "correct horse battery"}
    answer = Client().post("/account/login/", words, follow=True)
    assert answer.redirect_chain[-1][0] == "/bayside/"


def test_a_sign_in_is_asked_for_by_default():
    asks = [import_string(path) for path in settings.MIDDLEWARE]
    assert any(isinstance(one, type) and issubclass(one, LoginRequiredMiddleware) for one in asks)
