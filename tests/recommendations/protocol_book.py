"""Protocols at Fullscript and here: Nora, what is kept there, and what was taken in."""

import pytest
from django.utils import timezone

from practice import tenancy
from practice.vendors.contract import HeldProtocol
from recommendations import protocols
from recommendations.models import Protocol
from tests.recommendations.hand import Hand
from tests.recommendations.rows import ListingFactory

LIST = "/harbor/protocols/"
TAKE_IN = "/harbor/protocols/take-in/fullscript"


@pytest.fixture
def nora(signed_in, harbor, simulators):
    nora = Hand(harbor, signed_in, simulators)
    with tenancy.unit(tenancy.EVERYTHING):
        nora.listing.kind = "bottle"
        nora.listing.save()
    return nora


def there(nora, name) -> str:
    held = nora.held("protocols").values()
    return next(p["id"] for p in held if p["name"] == name and p["clinic_id"] in _ours(nora, name))


def _ours(nora, name):
    [clinic] = [c["id"] for c in nora.held("clinics").values() if c["key"] == "harbor"]
    return (clinic, None)


def ask(nora, *names, whom="me"):
    chosen = [there(nora, name) for name in names]
    named = {f"name-{number}": name for number, name in zip(chosen, names, strict=True)}
    return nora.client.post(TAKE_IN, {"protocol": chosen, "for": whom} | named)


def taken_in(nora, *names, whom="me") -> list[Protocol]:
    assert ask(nora, *names, whom=whom).status_code == 302
    with nora.harbor.scope():
        for name in names:
            with tenancy.unit():
                found = Protocol.objects.get(name=name)
            protocols.take_in(found.pk, timezone.now())
    with nora.harbor.unit():
        return [Protocol.objects.get(vendor_protocol_id=there(nora, name)) for name in names]


def lines_of(nora, protocol):
    with nora.harbor.unit():
        return [(item.listing.name, given) for item, given in protocols.lines(protocol)]


def page(nora, address=LIST):
    return nora.client.get(address).content.decode()


def held(*lines, **fields):
    return HeldProtocol(id="1", name="Made up", lines=lines, **fields)


def listing(**fields):
    with tenancy.unit(tenancy.EVERYTHING):
        return ListingFactory(vendor="fullscript", **fields)
