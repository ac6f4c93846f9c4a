"""What no browser sends is answered like any other nonsense: never with a fault of ours."""

import pytest

from deliveries.models import new_barcode
from recommendations.models import Plan
from tests.recommendations.conftest import make_harbor

LONG = "9" * 5000
TEXTS = ["\0", LONG, "\ud7ff\uffff", "'\"%_\\", "a" * 20_000, "a " * 10_000, "-1", "१२"]


@pytest.fixture
def harbor(db, client):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    with harbor.unit():
        harbor.plan = Plan.objects.create(
            practice=harbor.practice, patient=harbor.patient, clinician=harbor.nora
        )
    return harbor


ASKED = [
    "/harbor/catalogue/?q=",
    "/harbor/catalogue/?page=",
    "/harbor/patients/{patient}/?before=",
    "/harbor/patients/?page=",
    "/harbor/plans/?page=",
    "/harbor/plans/?show=",
    "/harbor/plans/{plan}/?q=",
    "/harbor/plans/{plan}/search?q=",
    "/harbor/deliveries/?show=",
    "/harbor/deliveries/book/{patient}/?plan=",
    "/harbor/deliveries/book/{patient}/?again=",
]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("asked", ASKED)
def test_a_strange_question_has_an_answer(harbor, client, asked, text):
    path, _, name = asked.format(patient=harbor.patient.pk, plan=harbor.plan.pk).partition("?")
    answer = client.get(path, {name.rstrip("="): text})
    assert answer.status_code in (200, 400, 404)


POSTED = [
    ("/harbor/patients/", "q"),
    ("/harbor/patients/add", "first_name"),
    ("/harbor/plans/start/{patient}", "clinician"),
    ("/harbor/plans/{plan}/items", "listing"),
    ("/harbor/plans/{plan}/items/restore", "removed"),
    ("/harbor/plans/{plan}/message", "message"),
    ("/harbor/plans/{plan}/packs", "product"),
    ("/harbor/plans/{plan}/sign", "referral-wholescripts"),
    ("/harbor/deliveries/book/{patient}/", "notes"),
    ("/harbor/deliveries/book/{patient}/", "barcode"),
    ("/hooks/fullscript", "x"),
]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize(("path", "name"), POSTED)
def test_a_strange_form_has_an_answer(harbor, client, path, name, text):
    path = path.format(patient=harbor.patient.pk, plan=harbor.plan.pk)
    answer = client.post(path, {"barcode": new_barcode(), name: text})
    assert answer.status_code < 500
