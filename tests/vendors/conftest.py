"""Clients of the simulated vendors, and a practitioner's consent without a browser."""

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from practice.vendors.contract import OutgoingPlan, PatientRow
from practice.vendors.fullscript.client import Fullscript
from practice.vendors.scriptrun.client import ScriptRun
from practice.vendors.wholescripts.client import WholeScripts
from tests.simulators.fullscript import app as fullscript_app
from tests.simulators.wholescripts import app as wholescripts_app

NORA = "nora.lindqvist@harbor-integrative.example"
CALLBACK = "http://testserver/callback"


def consent(authorize_url, **form):
    """What the vendor's page sends back in the address when `form` is posted to it."""
    session = requests.Session()
    session.trust_env = False
    given = dict(parse_qsl(urlsplit(authorize_url).query))
    answer = session.post(authorize_url, data=given | form, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@pytest.fixture
def wholescripts(simulators):
    return WholeScripts(
        base_url=f"{simulators.wholescripts}/api/EMR",
        username=wholescripts_app.USERNAME,
        password=wholescripts_app.PASSWORD,
        redirect_uri=CALLBACK,
        read_timeout=5,
    )


@pytest.fixture
def nora_at_wholescripts(wholescripts):
    """(client with Nora's token, her tokens)"""
    back = consent(wholescripts.authorize_url("s" * 32), decision="allow", practitioner=NORA)
    tokens = wholescripts.exchange(back["code"])
    return wholescripts.with_token(tokens.access_token), tokens


@pytest.fixture
def fullscript(simulators):
    simulators.configure("fullscript", redirect_uri=CALLBACK, granted=["products", "plans"])
    return Fullscript(
        base_url=f"{simulators.fullscript}/api",
        embed_origin=simulators.fullscript,
        client_id=fullscript_app.CLIENT_ID,
        client_secret=fullscript_app.CLIENT_SECRET,
        redirect_uri=CALLBACK,
        read_timeout=5,
    )


@pytest.fixture
def nora_at_fullscript(simulators, fullscript):
    """(client with Nora's token, her tokens)"""
    people = simulators.holds("fullscript")["practitioners"].values()
    person = next(person["id"] for person in people if person["email"] == NORA)
    back = consent(fullscript.authorize_url("s" * 32), answer="authorize", person=person)
    tokens = fullscript.exchange(back["code"])
    return fullscript.with_token(tokens.access_token), tokens


@pytest.fixture
def scriptrun(simulators):
    return ScriptRun(
        base_url=simulators.scriptrun, api_key="sk_test_nobody", live=False, read_timeout=5
    )


def outgoing(*lines, patient_id="", email="elena.marsh@mail.example", **fields):
    """A plan of Nora's for Elena Marsh."""
    return OutgoingPlan(
        our_id=fields.pop("our_id", "plan-0001"),
        practitioner_email=NORA,
        practitioner_id=fields.pop("practitioner_id", ""),
        patient=PatientRow(patient_id, "Elena", "Marsh", email=email),
        lines=lines,
        **fields,
    )
