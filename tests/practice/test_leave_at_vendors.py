"""What the vendors hear when a clinician leaves, over real HTTP; and what the background does
not do for suspended practices."""

import pytest
from django.utils import timezone

from catalog import sync
from practice import connect, inbox, leave, tenancy
from practice.models import Connection, CourierAccount, Membership, Receipt
from practice.roles import Role
from practice.vendors.contract import AccessRevoked, Verdict
from tests import dance
from tests.factories import ConnectionFactory, MembershipFactory
from tests.recommendations.conftest import make_harbor

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("vendor", ["fullscript", "wholescripts"])


@pytest.fixture
def harbor(db):
    """Nora practises; somebody else owns the place."""
    made = make_harbor()
    with made.unit():
        MembershipFactory(practice=made.practice, role=Role.OWNER)
    return made


def leaves(harbor):
    with harbor.scope():
        with tenancy.unit():
            to = Membership.objects.clinicians().exclude(pk=harbor.nora.pk).first()
        return leave.run(harbor.nora, to, by="Olive Owner", now=timezone.now())


def account(harbor):
    with harbor.unit():
        return Connection.objects.get()


@BOTH
def test_access_is_revoked_there_and_forgotten_here(client, harbor, simulators, vendor):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", vendor)
    simulators.clear_log(vendor)
    left = leaves(harbor)
    paths = [entry["path"] for entry in simulators.log(vendor)]
    assert any(path.endswith(("/revoke", "/Logout")) for path in paths)
    assert (account(harbor).state, account(harbor).access_token, left.missing) == (
        *("disconnected", "", []),
    )


def test_a_vendor_that_is_down_is_told_of(client, harbor, simulators):
    client.force_login(harbor.nora.user)
    dance.connect(client, simulators, "harbor", "wholescripts")
    simulators.fault("wholescripts", "status", times=9, params={"code": 503})
    left = leaves(harbor)
    assert account(harbor).access_token == ""
    assert len(left.missing) == 1
    assert "could not be told" in left.missing[0]


@pytest.fixture
def suspended(harbor):
    with tenancy.unit(tenancy.EVERYTHING):
        harbor.practice.suspended_at = timezone.now()
        harbor.practice.save()
    return harbor


def test_a_suspended_practices_courier_key_is_not_used(suspended):
    with suspended.unit():
        kept, _ = CourierAccount.objects.get_or_create(practice=suspended.practice)
        kept.set_key("sk_test_1")
    with suspended.scope(), pytest.raises(AccessRevoked) as refusal:
        connect.courier_client(kept)
    assert refusal.value.operation == "access"


def test_its_webhooks_are_kept_for_later(suspended):
    with suspended.unit():
        Receipt.objects.create(
            practice=suspended.practice,
            vendor="scriptrun",
            endpoint="scriptrun/1",
            event_id="e",
            event_type="x",
            verdict=Verdict.GENUINE,
            body=b"",
            received_at=timezone.now(),
        )
    assert not inbox.is_due(timezone.now())
    with tenancy.unit(tenancy.EVERYTHING):
        suspended.practice.suspended_at = None
        suspended.practice.save()
    assert inbox.is_due(timezone.now())


def test_its_catalogues_are_not_read(harbor):
    with harbor.unit():
        ConnectionFactory(membership=harbor.nora, vendor="fullscript", state="active")
    assert read(harbor)
    with tenancy.unit(tenancy.EVERYTHING):
        harbor.practice.suspended_at = timezone.now()
        harbor.practice.save()
    assert read(harbor) == []


def read(harbor):
    with tenancy.declare(tenancy.EVERYTHING):
        return sync.connections_to_read(timezone.now())
