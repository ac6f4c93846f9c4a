"""A real worker process, killed in the middle of reading a dispensary's patients."""

from urllib.parse import parse_qs

from django.test import Client

from practice.models import PatientReading, VendorPatient
from practice.tasking import nudge
from practice.tasks import read_patients_of
from tests import dance
from tests.journey import wait_for
from tests.practice.test_import_killed_worker import start  # noqa: F401
from tests.practice.test_read_patients import EVERYBODY, add_many, ask
from tests.recommendations.conftest import make_harbor

MORE = 400


def test_whoever_takes_over_goes_on_at_the_next_page(committed_db, simulators, start):  # noqa: F811
    harbor, browser = make_harbor(), Client()
    browser.force_login(harbor.nora.user)
    dance.connect(browser, simulators, "harbor", "fullscript")
    add_many(simulators, harbor, MORE)
    simulators.fault(
        "fullscript", "slow", path="/clinic/patients$", times=0, params={"seconds": 0.5}
    )
    reading = ask(harbor)
    worker = start("worker")
    nudge(read_patients_of, harbor.practice.pk, reading.pk)

    def now():
        with harbor.unit():
            reading.refresh_from_db()
        return reading

    wait_for(lambda: now().next_page > 2)
    worker.kill()
    left_off = now().next_page
    assert now().state == PatientReading.State.RUNNING
    simulators.clear_log("fullscript")
    start("worker")
    start("beat")
    wait_for(lambda: now().state == PatientReading.State.DONE, 60)
    assert (now().seen, now().attempts) == (EVERYBODY + MORE, 2)
    with harbor.unit():
        assert VendorPatient.objects.count() == EVERYBODY + MORE
    # The page that the worker died over may have been asked for once already.
    log = simulators.log("fullscript")
    asked = [c["query"] for c in log if c["path"].endswith("/clinic/patients")]
    assert {int(parse_qs(query)["page[number]"][0]) for query in asked} == set(range(left_off, 6))
