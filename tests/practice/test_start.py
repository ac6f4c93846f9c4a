"""Opening a practice, where the operator lets everybody do so."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from practice import tenancy
from practice.models import AuditEntry, Membership, Practice
from practice.roles import Role
from tests.factories import PracticeFactory, UserFactory

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Bayside Clinic",
    "time_zone": "America/Chicago",
    "own_name": "Alice Adler, ND",
    "is_clinician": "on",
}


def verified(**fields):
    user = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def alice(client):
    client.force_login(verified())
    return client


def memberships():
    with tenancy.unit(tenancy.EVERYTHING):
        return list(Membership.objects.select_related("practice"))


def test_who_opens_a_practice_owns_it(alice):
    answer = alice.post("/start/", GIVEN)
    [own] = memberships()
    assert (own.role, own.name, own.is_clinician) == (Role.OWNER, "Alice Adler, ND", True)
    assert (own.practice.slug, own.practice.time_zone) == ("bayside-clinic", "America/Chicago")
    assert answer.url == "/bayside-clinic/"
    assert alice.get(answer.url).status_code == 200


def test_it_stands_in_its_own_audit_trail(alice):
    alice.post("/start/", GIVEN)
    practice = Practice.objects.get()
    with tenancy.unit(tenancy.of_practice(practice.pk)):
        kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"practice.practice", "practice.membership"} <= kinds


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Admin", "admin-2"), ("Bayside!", "bayside-2"), ("診療所", "practice"), ("Join", "join-2")],
)
def test_no_two_practices_share_an_address_and_none_has_one_of_ours(alice, name, slug):
    PracticeFactory(slug="bayside")
    alice.post("/start/", GIVEN | {"name": name})
    assert Practice.objects.exclude(slug="bayside").get().slug == slug


@pytest.mark.parametrize("wrong", [{"name": ""}, {"time_zone": "Mars/Olympus"}, {"own_name": " "}])
def test_what_is_wrong_opens_nothing(alice, wrong):
    assert alice.post("/start/", GIVEN | wrong).status_code == 422
    assert not Practice.objects.exists()


def test_an_address_that_nobody_verified_opens_nothing(client):
    client.force_login(UserFactory())
    assert client.post("/start/", GIVEN).url == "/account/email/"
    assert not Practice.objects.exists()


def test_closed_means_closed(alice, settings):
    settings.SIGN_UP_OPEN = False
    assert alice.post("/start/", GIVEN).status_code == 404
    assert "Open a practice" not in alice.get("/").content.decode()
    assert "By invitation only" in Client().get("/account/signup/").content.decode()


def test_from_nothing_to_a_practice(client):
    """Account, the link in the mail, the practice."""
    new = {"email": "new@people.example", "password1": "correct horse battery"}
    client.post("/account/signup/", new)
    [sent] = mail.outbox
    link = re.search(r"http://\S+(/account/confirm-email/\S+)", sent.body)[1]
    client.post(link)
    client.post("/account/login/", {"login": new["email"], "password": new["password1"]})
    assert "/start/" in client.get("/").content.decode()
    assert client.post("/start/", GIVEN).url == "/bayside-clinic/"


def test_an_address_that_is_taken_answers_as_a_new_one_does(client):
    taken = verified(email="taken@people.example")
    password = {"password1": "correct horse battery"}
    new = Client().post("/account/signup/", password | {"email": "new@people.example"})
    old = client.post("/account/signup/", password | {"email": taken.email})
    assert (old.status_code, old.url) == (new.status_code, new.url)
