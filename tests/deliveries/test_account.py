"""The courier account: an owner's, write-only, test and live apart."""

import pytest

from deliveries.models import Delivery
from practice import tenancy
from practice.models import CourierAccount
from tests.factories import MembershipFactory
from tests.simulators.scriptrun.app import HARBOR_KEY, HARBOR_SECRET, MEADOW_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(desk):
    return desk.signed_in(desk.alice)


def test_a_key_is_kept_sealed_and_never_shown(desk, owner):
    owner.post(desk.url("courier/key"), {"api_key": f" {MEADOW_KEY} "})
    account = desk.again(desk.account)
    words = owner.get(desk.url("courier/")).content.decode()
    assert account.key() == MEADOW_KEY
    assert MEADOW_KEY not in account.api_key
    assert MEADOW_KEY not in words
    assert f"/hooks/scriptrun/{account.hook_path}" in words


@pytest.mark.parametrize(
    ("live", "key"), [(False, "sk_live_made_up_1"), (True, "sk_test_made_up_1"), (True, "hello")]
)
def test_test_and_live_keys_do_not_mix(desk, owner, settings, live, key):
    settings.SCRIPTRUN_LIVE = live
    courier = settings.VENDOR_CLIENTS["scriptrun"] | {"live": live}
    settings.VENDOR_CLIENTS = settings.VENDOR_CLIENTS | {"scriptrun": courier}
    answer = owner.post(desk.url("courier/key"), {"api_key": key})
    assert answer.status_code == 422
    assert key not in answer.content.decode()
    assert desk.again(desk.account).key() == HARBOR_KEY


def test_a_rolled_secret_leaves_the_former_one_valid(desk, owner):
    owner.post(desk.url("courier/secret"), {"secret": "made-up-new-secret"})
    assert desk.again(desk.account).secrets() == ["made-up-new-secret", HARBOR_SECRET]


def test_resuming_takes_up_what_waited(desk, owner, django_capture_on_commit_callbacks):
    with desk.unit():
        desk.account.pause("402")
    delivery = desk.booked()
    assert delivery.state == Delivery.State.READY
    with django_capture_on_commit_callbacks() as nudges:
        owner.post(desk.url("courier/resume"))
    assert desk.again(desk.account).state == CourierAccount.State.ACTIVE
    assert len(nudges) == 1


@pytest.mark.parametrize("role", ["practitioner", "assistant", "read_only"])
@pytest.mark.parametrize("rest", ["", "key", "secret", "events", "resume"])
def test_only_an_owner_comes_here(desk, role, rest):
    with tenancy.unit(tenancy.EVERYTHING):
        bob = MembershipFactory(practice=desk.practice, role=role)
    client = desk.signed_in(bob)
    ask = client.post if rest else client.get
    assert ask(desk.url(f"courier/{rest}")).status_code == 403


def test_the_first_key_makes_the_account(simulators, client, db):
    with tenancy.unit(tenancy.EVERYTHING):
        owner = MembershipFactory(role="owner")
    client.force_login(owner.user)
    client.post(f"/{owner.practice.slug}/deliveries/courier/key", {"api_key": HARBOR_KEY})
    with tenancy.unit(tenancy.of_practice(owner.practice_id)):
        assert CourierAccount.objects.get().key() == HARBOR_KEY
