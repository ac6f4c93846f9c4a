"""One walk over everything that carries a secret or a name; none is written down."""

import json
import logging
import re
import sys

import pytest
import structlog
from django.db import IntegrityError

from config import logs
from practice.models import Connection, Patient
from tests import dance
from tests.recommendations.conftest import harbor, signed_in  # noqa: F401
from tests.recommendations.hand import GRANTED, Hand
from tests.recommendations.test_send import attempt, make_plan, signed
from tests.simulators.fullscript import app as fullscript
from tests.simulators.wholescripts import app as wholescripts


@pytest.fixture
def written(caplog, capfd):
    """Everything that was written so far, by whatever way."""
    caplog.set_level("INFO")
    return lambda: "".join([*capfd.readouterr(), caplog.text])


def test_no_name_token_secret_or_address_is_written_down(
    harbor, signed_in, simulators, settings, written  # noqa: F811
):  # fmt: skip
    settings.VENDOR_RIGHTS = {"fullscript": GRANTED}
    simulators.configure("fullscript", granted=GRANTED)
    words = {"Elena", "Marsh", "elena.marsh", "nora.lindqvist", "Nora"}
    words |= {fullscript.CLIENT_SECRET, fullscript.WEBHOOK_KEY, fullscript.WEBHOOK_CHALLENGE}
    words |= {wholescripts.PASSWORD}

    for vendor in ("fullscript", "wholescripts"):
        there = signed_in.get(f"/harbor/connections/{vendor}/begin")
        back = dance.consent(there["Location"], simulators, vendor, dance.NORA)
        words |= set(re.findall(r"=([^&]{9,})", back.query))
        signed_in.get(f"{back.path}?{back.query}")
        signed_in.get(f"{back.path}?{back.query}")
    with harbor.unit():
        for connection in Connection.objects.all():
            held = connection.tokens()
            words |= {held.access_token, held.refresh_token}
    nora = Hand(harbor, signed_in, simulators)

    patient = f"/harbor/patients/{harbor.patient.pk}/at/fullscript/"
    signed_in.get(patient + "?next=/harbor/plans/")
    signed_in.post(patient, {"q": "Marsh"})
    signed_in.post(patient + "confirm", {"theirs": nora.patient_id()})
    assert nora.attempt(nora.signed()).vendor_plan_id
    simulators.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    attempt(harbor, signed(harbor, make_plan(harbor)))

    settings.VENDOR_RIGHTS = {}
    waiting = nora.signed()
    words.add(nora.post(waiting, "grant").json()["secret_token"])
    nora.post(waiting, "activated", plan_id=nora.made_there("Theo"))
    nora.post(waiting, "activated", plan_id=nora.made_there())
    for event in nora.events():
        nora.deliver(event)
    nora.work_off()
    signed_in.post("/hooks/scriptrun/a-secret-path?key=a-secret-query", {})
    signed_in.get("/harbor/patients/999/?q=a-secret-query")
    words |= {"a-secret-path", "a-secret-query"}

    text = written()
    assert "fullscript create_plan" in text
    assert "request_finished" in text
    assert [word for word in words if word in text] == []


def test_postgresql_quotes_no_row_that_a_policy_guards(harbor):  # noqa: F811
    """Its message about a refused row goes into tracebacks, and so into logs."""
    with pytest.raises(IntegrityError) as caught, harbor.unit():
        Patient.objects.filter(pk=harbor.patient.pk).update(last_name=None)
    assert 'null value in column "last_name"' in str(caught.value)
    assert "Elena" not in str(caught.value)


def raised():
    """An exception as it comes: with a patient's name in its message and in what led to it."""
    try:
        try:
            raise KeyError("Elena Marsh")
        except KeyError:
            raise ValueError("elena.marsh@mail.example is nobody")
    except ValueError:
        return sys.exc_info()


@pytest.mark.parametrize("make", [logs.json_lines, logs.Plain])
def test_an_exception_is_written_without_its_message(make):
    record = logging.LogRecord("regimen", logging.ERROR, "", 1, "receipt_failed", (), raised())
    line = make().format(record)
    assert "builtins.ValueError" in line
    assert "builtins.KeyError" in line
    assert "tests/test_logs.py" in line.replace("\\/", "/")
    assert "Elena" not in line + record.getMessage()
    assert "elena.marsh" not in line


@pytest.mark.parametrize("make", [logs.json_lines, logs.Plain])
def test_a_failed_task_is_written_without_message_and_arguments(make):
    told = {"name": "t", "id": "1", "exc": "ValueError('Elena')", "args": "['Elena']",
            "kwargs": "{}", "traceback": "Elena", "description": "raised unexpected"}  # fmt: skip
    text = "Task %(name)s[%(id)s] %(description)s: %(exc)s %(args)s %(traceback)s"
    record = logging.LogRecord("celery", logging.ERROR, "", 1, text, (told,), raised())
    logs.Tasks().filter(record)
    line = make().format(record)
    assert "Task t[1] raised unexpected: ValueError" in line
    assert "Elena" not in line


def test_a_line_says_where_and_for_whom_and_nothing_else():
    with structlog.contextvars.bound_contextvars(
        practice_id=3, request_id="r", email="e@x.example"
    ):
        record = logging.LogRecord("regimen", logging.INFO, "", 1, "sync_lost", (), None)
        record.run, record.name_of_patient = 9, "Elena"
        line = json.loads(logs.json_lines().format(record))
    assert line.pop("timestamp")
    assert line == {
        "event": "sync_lost",
        "level": "info",
        "logger": "regimen",
        "practice_id": 3,
        "request_id": "r",
        "run": 9,
    }


def test_a_request_id_is_ours(client, db, caplog):
    caplog.set_level("INFO")
    client.get("/account/login/", headers={"X-Request-ID": "Elena", "X-Correlation-ID": "Marsh"})
    assert "Elena" not in caplog.text
    assert "Marsh" not in caplog.text
