"""Patients of a clinic (reference 5.2): list, search, create, change, dependents."""

from __future__ import annotations

import datetime as dt
import re

from tests.simulators.fullscript import effects, events, ids, metadata
from tests.simulators.fullscript.rest import Call, flag, missing, page, stamp

GENDERS = ("male", "female", "x")
MOBILE = re.compile(r"\+1\d{10}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
FIELDS = (
    "email",
    "first_name",
    "last_name",
    "date_of_birth",
    "gender",
    "mobile_number",
    "discount",
)


def listing(call: Call):
    call.need("patients:read")
    rows = [p for p in of_clinic(call.store, call.clinic_id) if _is_of_type(call, p, "all")]
    return page(call, "patients", rows, lambda p: represent(call.store, p))


def search(call: Call):
    """Fuzzy: any part of a name or e-mail. By default people with no dependents only."""
    call.need("patients:read")
    words = call.query.get("query", "").lower().split()
    rows = [
        patient
        for patient in of_clinic(call.store, call.clinic_id)
        if _is_of_type(call, patient, "no_dependents")
        and words
        and all(word in _searched(patient) for word in words)
    ]
    return page(call, "patients", rows, lambda p: represent(call.store, p))


def show(call: Call, id):
    call.need("patients:read")
    return {"patient": represent(call.store, call.find("patients", id))}


def create(call: Call):
    call.need("patients:write")
    patient = add(call.world, call.clinic_id, call.body, refuse=call.refuse, by="rest")
    return 201, {"patient": represent(call.store, patient)}


def change(call: Call, id):
    call.need("patients:write")
    patient = call.find("patients", id)
    wrong = problems(call.store, call.clinic_id, call.body, known=patient)
    our_id = metadata.given(call.body)
    wrong += metadata.problems(call.world, call.clinic_id, "patients", our_id, own_id=id)
    if wrong:
        call.refuse(*wrong)
    patient |= _values(call.body)
    if "metadata" in call.body:
        patient["metadata"] = {"id": our_id}
    return {"patient": represent(call.store, patient)}


def dependents(call: Call, id):
    guardian = call.find("patients", id)
    rows = [
        patient
        for patient in of_clinic(call.store, call.clinic_id)
        if patient["guardian_patient_id"] == guardian["id"]
    ]
    return page(call, "patients", rows, lambda p: represent(call.store, p))


def addresses(call: Call, id):
    call.need("patients:read")
    patient = call.find("patients", id)
    row = {
        "id": call.world.seeded_id(f"address:{patient['id']}"),
        "first_name": patient["first_name"],
        "last_name": patient["last_name"],
        "address1": "1 Example Street",
        "address2": None,
        "city": "Portland",
        "state": "OR",
        "zipcode": "97201",
        "country": "US",
        "phone": patient["mobile_number"],
    }
    return page(call, "addresses", [row])


# Shared with Embed and the dynamic links, which create patients too


def of_clinic(store, clinic_id) -> list[dict]:
    return [p for p in store["patients"].values() if p["clinic_id"] == clinic_id]


def add(world, clinic_id, given: dict, *, refuse, by) -> dict:
    """A new patient of the clinic; `refuse(*messages)` is called when the values are no good.

    `by` says how: "rest", "draft_link", or "page" for Fullscript's own pages. Sends the
    welcome e-mail unless `send_welcome_email` is "false". A patient made by REST fires no
    `patient.created` (reference 6.1).
    """
    store = world.store["fullscript"]
    wrong = problems(store, clinic_id, given)
    our_id = metadata.given(given)
    wrong += metadata.problems(world, clinic_id, "patients", our_id)
    if wrong:
        refuse(*wrong)
    patient = {
        "id": ids.new(world, "patient"),
        "clinic_id": clinic_id,
        "date_of_birth": None,
        "gender": None,
        "mobile_number": None,
        "discount": 0,
        **_values(given),
        "archived": False,
        "guardian_patient_id": None,
        "metadata": {"id": our_id},
        "created_at": stamp(world.now()),
    }
    patient["text_message_notification"] = bool(patient["mobile_number"])
    store["patients"][patient["id"]] = patient
    effects.note(world, "patients_created", patient_id=patient["id"], by=by)
    if flag(given.get("send_welcome_email"), default=True):
        clinic = store["clinics"][clinic_id]["name"]
        world.mail(
            "fullscript",
            to=patient["email"],
            subject=f"Welcome to {clinic}'s dispensary",
            text=f"Hello {patient['first_name']},\n\n{clinic} has opened an account for you.\n",
        )
        told = {"patient_id": patient["id"], "email": patient["email"], "by": by}
        effects.note(world, "welcome_mails", **told)
    if by != "rest":
        events.record(world, clinic_id, "patient.created", {"patient": in_event(store, patient)})
    return patient


def problems(store, clinic_id, given, known=None) -> list[str]:
    """What is wrong with the values, in the vendor's manner; [] when nothing is."""
    found = []
    required = ("first_name", "last_name", "email")
    for field in required:
        if (known is None or field in given) and not str(given.get(field) or "").strip():
            found.append(f"{field.replace('_', ' ').capitalize()} can't be blank")
    email = given.get("email")
    if (known is None or "email" in given) and not EMAIL.fullmatch(str(email or "")):
        found.append("Email is invalid")
    others = [p for p in of_clinic(store, clinic_id) if known is None or p["id"] != known["id"]]
    shares = known is not None and known["email"] == email
    if email and not shares and any(p["email"].lower() == email.lower() for p in others):
        found.append("Email has already been taken")
    if given.get("gender") and given["gender"] not in GENDERS:
        found.append("Gender is not included in the list")
    if given.get("mobile_number") and not MOBILE.fullmatch(given["mobile_number"]):
        found.append("Mobile number is invalid")
    if given.get("date_of_birth"):
        try:
            dt.date.fromisoformat(given["date_of_birth"])
        except ValueError:
            found.append("Date of birth is invalid")
    return found


def _values(given):
    values = {field: given[field] or None for field in FIELDS if field in given}
    if "discount" in values:
        values["discount"] = int(float(values["discount"] or 0))
    return values


def represent(store, patient) -> dict:
    """As REST gives it: native types, whatever the request's strings were."""
    clinic = store["clinics"][patient["clinic_id"]]
    return {
        **{k: v for k, v in patient.items() if k not in ("clinic_id", "created_at")},
        "total_discount": clinic["discount"] + patient["discount"],
        "is_dependent": patient["guardian_patient_id"] is not None,
    }


def in_event(store, patient) -> dict:
    shown = represent(store, patient)
    fields = ("id", *FIELDS, "total_discount", "text_message_notification")
    return {field: shown[field] for field in fields}


def _is_of_type(call, patient, default):
    kind = call.query.get("patient_type") or default
    guardians = {p["guardian_patient_id"] for p in of_clinic(call.store, call.clinic_id)}
    is_guardian, is_dependent = patient["id"] in guardians, bool(patient["guardian_patient_id"])
    kinds = {
        "all": True,
        "dependent": is_dependent,
        "guardian": is_guardian,
        "no_dependents": not is_guardian and not is_dependent,
    }
    if kind not in kinds:
        raise missing()
    return kinds[kind]


def _searched(patient):
    return f"{patient['first_name']} {patient['last_name']} {patient['email']}".lower()
