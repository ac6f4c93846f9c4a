"""Goal W3: in whatever order events come, and however often, what we keep in the end is the same.

The suite takes some orders and histories; `make soak` takes all 120 and a thousand."""

import itertools
import random

import pytest

from practice import tenancy
from practice.models import PatientEvent, Receipt
from recommendations.models import Order, OutsidePlan, Sending
from tests.recommendations.hand import Hand

State = Receipt.State


@pytest.fixture
def happened(signed_in, harbor, simulators):
    """Nora, and five events of one patient at Fullscript: a plan made, changed and cancelled,
    an order, a new number."""
    simulators.knob("fullscript", background=False, rate_limit=10**7)
    nora = Hand(harbor, signed_in, simulators)
    nora.link()
    nora.signed()
    plan_id = nora.made_there()
    simulators.act("fullscript/change-plan", plan_id=plan_id, units_to_purchase=4)
    simulators.act("fullscript/order", plan_id=plan_id)
    simulators.act("fullscript/cancel-plan", plan_id=plan_id)
    simulators.act(
        "fullscript/update-patient", patient_id=nora.patient_id(), mobile_number="+12025550147"
    )
    events = nora.events()[-5:]
    assert len({event["type"] for event in events}) == 5
    return nora, events


def forget():
    """Nothing of them has come yet."""
    with tenancy.unit(tenancy.EVERYTHING):
        for model in (Receipt, PatientEvent, Order, OutsidePlan):
            model.objects.all().delete()


def kept() -> dict:
    with tenancy.unit(tenancy.EVERYTHING):
        return {
            "receipts": sorted(Receipt.objects.values_list("event_id", "state")),
            "timeline": sorted(PatientEvent.objects.values_list("text", flat=True)),
            "orders": list(Order.objects.values_list("vendor_order_id", "lines")),
            "plans": list(OutsidePlan.objects.values_list("vendor_plan_id", "state", "lines")),
            "sendings": list(Sending.objects.values_list("state", "vendor_plan_id")),
        }


def ends(nora, histories) -> list[dict]:
    """The different ends that the histories come to."""
    found = []
    for history in histories:
        forget()
        for event in history:
            assert nora.deliver(event) == 200
            nora.work_off()
        if (end := kept()) not in found:
            found.append(end)
    return found


def shuffled(events, count, seed=1):
    """So many histories: each event once to three times, worked off after each."""
    dice = random.Random(seed)
    for _ in range(count):
        history = [event for event in events for _ in range(dice.randint(1, 3))]
        dice.shuffle(history)
        yield history


@pytest.mark.django_db
@pytest.mark.parametrize("every", [17, pytest.param(1, marks=pytest.mark.soak)])
def test_every_order_comes_to_one_end(happened, settings, every):
    nora, events = happened
    settings.VENDOR_BUDGETS = {}
    orders = list(itertools.permutations(events))
    assert len(orders) == 120
    [end] = ends(nora, orders[::every])
    assert {state for _, state in end["receipts"]} <= {State.DONE, State.IGNORED}
    assert len(end["receipts"]) == 5
    assert len(end["orders"]) == len(end["plans"]) == 1
    assert end["plans"][0][1] == "cancelled"


@pytest.mark.django_db
@pytest.mark.parametrize("count", [5, pytest.param(1000, marks=pytest.mark.soak)])
def test_every_history_comes_to_one_end(happened, settings, count):
    nora, events = happened
    settings.VENDOR_BUDGETS = {}  # a thousand histories in minutes ask more than Fullscript allows
    assert len(ends(nora, shuffled(events, count))) == 1
