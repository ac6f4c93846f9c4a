"""The main job in Chromium on the demo's real parts: PostgreSQL, Valkey, a worker process,
the simulators over HTTP and Fullscript's published SDK. Judged by what each vendor holds."""

import pytest
from playwright.sync_api import expect

from tests.journey import Journey
from tests.stack.demo import Demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"), port=0)
    try:
        demo.start()
        yield demo
    finally:
        demo.stop()


@pytest.fixture
def journey(page, demo):
    page.set_default_timeout(15_000)
    return Journey(page, demo)


def test_a_patient_goes_from_an_empty_plan_to_a_delivered_parcel(journey, demo):
    journey.sign_in()
    journey.connect_fullscript()
    journey.connect_wholescripts()
    journey.watch_the_catalogue_fill()
    journey.start_a_plan()
