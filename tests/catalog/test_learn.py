"""Products that are learned one by one, and read again when the vendor says that they changed."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import timezone

from catalog import learn
from catalog.models import Listing
from practice import budget, tenancy
from practice.models import Connection
from practice.vendors.contract import Event


@pytest.fixture
def harbor(account, nora, simulators):
    """Nora's connection at Fullscript, which lists its catalogue to nobody."""
    simulators.configure("fullscript", granted=[])
    connection = account("fullscript", nora)
    with tenancy.declare(tenancy.of_practice(nora.practice_id)):
        yield connection


@pytest.fixture
def product(simulators):
    def named(words):
        found = simulators.act("fullscript/some-variant", q=words)
        return found["variant_id"]

    return named


def reads(simulators):
    return [call["path"] for call in simulators.log("fullscript") if "/catalog/" in call["path"]]


def event(*skus, account_id):
    data = {"variants": [{"id": sku} for sku in skus], "name": "Not to be believed"}
    return Event("ev-1", "product.updated", None, data, account_id)


def tell(connection, *skus, received_at=None, now=None):
    """What the inbox does with a product event."""
    now = now or timezone.now()
    receipt = SimpleNamespace(vendor="fullscript", received_at=received_at or now)
    with tenancy.unit():
        deeds = learn.told(receipt, event(*skus, account_id=connection.account_id), now)
    for deed in deeds:
        deed()


def listing(sku):
    with tenancy.unit():
        return Listing.objects.get(sku=sku)


def touched(simulators, sku, **changes):
    """The product of `sku` changes; the vendor's catalogue has it from now on."""
    with tenancy.unit():
        product_id = Listing.objects.get(sku=sku).vendor_product_id
    simulators.act("fullscript/touch-product", product_id=product_id, **changes)


def test_what_the_catalogue_does_not_know_is_read_whole(harbor, product, simulators):
    sku = product("zinc")
    found = learn.variants(harbor, [sku, sku, ""], timezone.now())
    assert set(found) == {sku}
    row = listing(sku)
    assert row.practice_id == harbor.practice_id
    assert all([row.name, row.brand, row.retail_price, row.description_html, row.product_id])
    assert len(reads(simulators)) == 2


def test_what_is_known_is_not_read(harbor, product, simulators):
    sku = product("zinc")
    learn.variants(harbor, [sku], timezone.now())
    simulators.clear_log("fullscript")
    assert set(learn.variants(harbor, [sku], timezone.now())) == {sku}
    assert reads(simulators) == []


def test_what_nobody_knows_is_left_out_and_asked_for_once_a_day(harbor, simulators):
    for _ in range(2):
        assert (
            learn.variants(harbor, ["no-such-variant", "nor/this", "nor\x00"], timezone.now()) == {}
        )
    assert len(reads(simulators)) == 2


def test_no_more_than_a_bounded_number_is_read(harbor, simulators, monkeypatch):
    monkeypatch.setattr(learn, "AT_ONCE", 3)
    learn.variants(harbor, [f"none-{number}" for number in range(9)], timezone.now())
    assert len(reads(simulators)) == 3


@pytest.mark.parametrize("code", [503, 429, 403])
def test_what_cannot_be_read_now_is_asked_for_again(harbor, product, simulators, code):
    sku = product("zinc")
    simulators.fault("fullscript", "status", path="/catalog/", params={"code": code})
    assert learn.variants(harbor, [sku], timezone.now()) == {}
    simulators.clear_faults()
    budget.forget()
    assert set(learn.variants(harbor, [sku], timezone.now())) == {sku}


def test_no_practitioners_own_dose_becomes_the_practices(harbor, product, simulators, nora):
    sku = product("zinc")
    known = learn.variants(harbor, [sku], timezone.now())[sku]
    people = simulators.holds("fullscript")["practitioners"].values()
    person = next(one["id"] for one in people if one["email"] == nora.user.email)
    own = {"recommended_amount": "7", "additional_info": "Nora's own words"}
    simulators.act(
        "fullscript/custom-dosage",
        practitioner_id=person,
        product_id=known.vendor_product_id,
        dosage=own,
    )
    tell(harbor, sku)
    assert "Nora" not in listing(sku).default_sig


def test_a_change_is_read_from_the_vendor_and_not_from_the_event(harbor, product, simulators):
    sku = product("zinc")
    learn.variants(harbor, [sku], timezone.now())
    words = "<p>New words</p><script>bad()</script>"
    touched(simulators, sku, msrp="77.50", description_html=words)
    tell(harbor, sku)
    row = listing(sku)
    assert (str(row.retail_price), row.description_html) == ("77.5000", words)
    assert "believed" not in row.name


def test_a_thousand_events_about_one_product_are_one_reading(harbor, product, simulators):
    sku = product("zinc")
    came = timezone.now()
    for number in range(5):
        now = came + dt.timedelta(seconds=number)
        tell(harbor, sku, received_at=came, now=now)
    assert len(reads(simulators)) == 2


def test_what_was_read_later_is_not_overwritten(harbor, product, simulators):
    sku = product("zinc")
    now = timezone.now()
    learn.variants(harbor, [sku], now)
    touched(simulators, sku, msrp="77.50")
    before = now - dt.timedelta(minutes=5)
    tell(harbor, sku, received_at=now + dt.timedelta(seconds=1), now=before)
    assert str(listing(sku).retail_price) != "77.5000"


def test_a_product_that_is_gone_there_stays_here(harbor, product, simulators):
    sku = product("zinc")
    learn.variants(harbor, [sku], timezone.now())
    simulators.fault("fullscript", "status", path="/catalog/", times=9, params={"code": 404})
    tell(harbor, sku, received_at=timezone.now() + dt.timedelta(seconds=1))
    assert listing(sku).retired_at is None


def test_the_next_clinician_is_asked_when_one_is_refused(
    harbor, account, product, simulators, nora, readings
):
    from tests.factories import MembershipFactory

    with tenancy.unit(tenancy.EVERYTHING):
        samuel = MembershipFactory(
            practice=nora.practice, user__email="samuel.okafor@harbor-integrative.example"
        )
    people = simulators.holds("fullscript")["practitioners"].values()
    samuel_there = next(one for one in people if one["clinic_id"] == harbor.account_id
                        and one["email"] != nora.user.email)  # fmt: skip
    with tenancy.unit(tenancy.EVERYTHING):
        samuel.user.email = samuel_there["email"]
        samuel.user.save()
    account("fullscript", samuel)
    person = next(one["id"] for one in people if one["email"] == nora.user.email)
    simulators.act("fullscript/revoke-person", person_id=person)
    sku = product("zinc")
    tell(harbor, sku)
    assert listing(sku).name
    with tenancy.unit():
        states = set(Connection.objects.values_list("state", flat=True))
    assert states == {Connection.State.NEEDS_RECONNECT, Connection.State.ACTIVE}
