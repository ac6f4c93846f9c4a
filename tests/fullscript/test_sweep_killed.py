"""A real worker is killed while it asks for missed events: whoever takes over goes on where it
stood, and nothing is done twice."""

import pytest

from practice.models import EventSweep
from tests.fullscript.sweeping import Clinic, FoundBy
from tests.hooks.posting import State, receipts
from tests.journey import wait_for
from tests.stack.running import Stack

MISSED = 120  # more than a page


@pytest.fixture
def clinic(committed_db, client, simulators):
    clinic = Clinic(client, simulators)
    clinic.lost = clinic.happen(MISSED)
    return clinic


@pytest.fixture
def stack(ground, clinic):
    stack = Stack(ground, LEASE_SECONDS="3", SWEEP_SECONDS="0.5")
    yield stack
    stack.stop()


@pytest.mark.parametrize(
    "moment", ["/events/patients", pytest.param("/events/orders", marks=pytest.mark.soak)]
)
def test_whoever_takes_over_a_sweep_goes_on_where_it_stood(clinic, stack, moment):
    clinic.simulators.clear_log("fullscript")
    clinic.simulators.fault("fullscript", "hang", path=moment, times=1)
    stack.start("worker", "beat")

    def is_in_the_middle():
        return clinic.asked(moment)

    wait_for(is_in_the_middle)
    stack.kill("worker")
    clinic.simulators.release()

    def is_done():
        return all(clinic.sweep(span).finished_at for span in EventSweep.Span)

    wait_for(is_done, 60)

    def is_all_worked_off():
        return {one.state for one in receipts()} == {State.DONE}

    wait_for(is_all_worked_off, 60)
    assert clinic.found() == dict.fromkeys(clinic.lost, FoundBy.SWEEP)
