"""Clinic, patients, catalogue and what every REST call shares (sections 4 and 5)."""

import json

import pytest

from tests.simulators_tests.fullscript_caller import CLARA, IVY, Caller


@pytest.fixture
def nora(sims):
    return Caller(sims).connect()


def test_every_answer_carries_a_request_id(sims, nora):
    first, second = nora.get("/clinic"), nora.get("/nowhere")
    assert second.json() == {"status": 404, "error": "Not Found"}
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_the_log_names_the_authorised_person(sims, nora):
    nora.get("/clinic")
    assert sims.log("fullscript")[-1]["account"] == nora.id


def test_pages_hold_a_hundred_at_most(sims, nora):
    sims.configure("fullscript", granted=["products"])
    meta = nora.get("/catalog/products", **{"page[size]": 500, "page[number]": 2}).json()["meta"]
    assert meta["total_pages"] == -(-meta["total_count"] // 100)
    assert (meta["current_page"], meta["prev_page"], meta["next_page"]) == (2, 1, 3)


def test_the_last_page_has_no_next(nora):
    answer = nora.get("/clinic/patients", **{"page[size]": 5, "page[number]": 2}).json()
    assert len(answer["patients"]) == 2
    assert answer["meta"] == {
        "current_page": 2,
        "next_page": None,
        "prev_page": 1,
        "total_pages": 2,
        "total_count": 7,
    }


def test_restricted_lists_are_refused_until_granted(sims, nora):
    sims.configure("fullscript", granted=[])
    assert nora.get("/catalog/products").status_code == 403
    assert nora.get("/catalog/search/products", query="magnesium").status_code == 403
    sims.configure("fullscript", granted=["products"])
    found = nora.get("/catalog/search/products", query="magnesium").json()["products"]
    assert found
    assert all("magnesium" in product["name"].lower() for product in found)


def test_a_variant_names_its_product(nora):
    variant = nora.get(f"/catalog/variants/{nora.variant_id()}").json()["variant"]
    product = nora.get(f"/catalog/products/{variant['product']['id']}").json()["product"]
    assert variant["id"] in [v["id"] for v in product["variants"]]


def test_a_custom_dosage_is_one_practitioners_own(sims, nora):
    product_id = nora.get(f"/catalog/variants/{nora.variant_id()}").json()["variant"]["product"][
        "id"
    ]
    dosage = {"recommended_amount": "3", "recommended_frequency": "every night"}
    sims.act(
        "fullscript/custom-dosage", practitioner_id=nora.id, product_id=product_id, dosage=dosage
    )
    path = f"/catalog/products/{product_id}"
    assert nora.get(path).json()["product"]["custom_dosage"] == dosage
    other = nora.get(path, practitioner_id="another").json()["product"]
    assert other["custom_dosage"] is None


def test_each_clinic_sees_only_its_own(sims, nora):
    clara = Caller(sims, CLARA).connect()
    assert nora.get("/clinic").json()["clinic"]["name"] == "Harbor Integrative Clinic"
    assert clara.get(f"/clinic/patients/{nora.patient()['id']}").status_code == 404
    assert clara.patient()["id"] != nora.patient()["id"]


def test_staff_are_told_apart_from_practitioners(sims):
    ivy = Caller(sims, IVY).connect()
    assert ivy.tokens["resource_owner"]["type"] == "Staff"
    emails = [p["email"] for p in ivy.get("/clinic/practitioners").json()["practitioners"]]
    assert IVY not in emails
    assert len(emails) == 2


def test_a_patient_comes_from_strings_and_answers_native_types(sims, nora):
    answer = nora.post(
        "/clinic/patients",
        first_name="Wren",
        last_name="Ito",
        email="wren.ito@mail.example",
        discount="5",
        send_welcome_email="false",
        metadata={"id": "ours-1"},
    )
    patient = answer.json()["patient"]
    assert answer.status_code == 201
    assert (patient["discount"], patient["total_discount"], patient["is_dependent"]) == (
        5,
        15,
        False,
    )
    assert sims.mail() == []
    hits = nora.get("/clinic/metadata", id="ours-1", type="patient").json()["metadata"]
    assert [hit["data"]["id"] for hit in hits] == [patient["id"]]


def test_a_new_patient_takes_nobodys_place(sims, nora):
    before = len(sims.holds("fullscript")["patients"])
    nora.post("/clinic/patients", first_name="A", last_name="B", email="a.b@mail.example")
    assert len(sims.holds("fullscript")["patients"]) == before + 1


def test_a_new_patient_gets_a_welcome_unless_told_otherwise(sims, nora):
    nora.post("/clinic/patients", first_name="A", last_name="B", email="a.b@mail.example")
    assert [mail["to"] for mail in sims.mail()] == ["a.b@mail.example"]


@pytest.mark.parametrize("form", ["list", "string"])
def test_validation_comes_in_both_body_forms(sims, nora, form):
    sims.knob("fullscript", validation_body=form)
    answer = nora.post("/clinic/patients", first_name="Only")
    error = answer.json()["error"]
    messages = json.loads(error) if form == "string" else error
    assert answer.status_code == 422
    assert messages == ["Last name can't be blank", "Email can't be blank", "Email is invalid"]


def test_an_email_is_taken_once_in_a_clinic(nora):
    taken = nora.patient()["email"]
    answer = nora.post("/clinic/patients", first_name="X", last_name="Y", email=taken.upper())
    assert answer.status_code == 422


def test_the_usual_search_misses_people_with_dependents(nora):
    usual = nora.get("/clinic/search/patients", query="nandakumar").json()
    every = nora.get("/clinic/search/patients", query="nandakumar", patient_type="all").json()
    assert usual["patients"] == []
    assert {p["first_name"] for p in every["patients"]} == {"Priya", "Arjun"}


def test_a_guardian_lists_dependents(nora):
    priya = nora.patient("Priya")
    rows = nora.get(f"/clinic/patients/{priya['id']}/dependents").json()["patients"]
    assert [(row["first_name"], row["guardian_patient_id"]) for row in rows] == [
        ("Arjun", priya["id"])
    ]


def test_a_patch_leaves_other_fields_alone(nora):
    patient = nora.patient()
    changed = nora.patch(f"/clinic/patients/{patient['id']}", metadata={"id": "m"}).json()
    assert changed["patient"] == patient | {"metadata": {"id": "m"}}


def test_too_many_calls_are_told_when_to_come_back(sims, nora):
    sims.knob("fullscript", rate_limit=4)  # one was the token
    statuses = [nora.get("/clinic").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert 0 < int(nora.get("/clinic").headers["Retry-After"]) <= 300
    sims.advance(301)
    assert nora.get("/clinic").status_code == 200


def test_unknown_keys_can_be_added_to_every_object(sims, nora):
    sims.knob("fullscript", extra_keys=True)
    assert "x_new_key" in nora.get("/clinic/patients").json()["patients"][0]
