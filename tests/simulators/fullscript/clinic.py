"""The clinic, its staff and its practitioners (reference 5.1)."""

from __future__ import annotations

from tests.simulators.fullscript.rest import Call, missing, page, stamp

WRITABLE = ("email", "first_name", "last_name")


def show(call: Call):
    call.need("clinic:read")
    clinic = call.store["clinics"][call.clinic_id]
    activated = next(t for t in call.store["tokens"] if t["clinic_id"] == call.clinic_id)
    return {
        "clinic": {
            "id": clinic["id"],
            "name": clinic["name"],
            "patient_count": len(_of_clinic(call, "patients")),
            "practitioner_count": len(_of_clinic(call, "practitioners")),
            "discount": clinic["discount"],
            "dispensary_url": f"{call.world.origin('fullscript')}/welcome/{clinic['key']}",
            "integration_id": clinic["integration_id"],
            "integration_activated_at": activated["created_at"],
            "margin_type": "patient_discount",
        }
    }


def staff(call: Call):
    call.need("clinic:read")
    return page(call, "staff", _of_clinic(call, "staff"), _person)


def practitioners(call: Call):
    call.need("clinic:read")
    return page(call, "practitioners", _of_clinic(call, "practitioners"), _person)


def staff_member(call: Call, id):
    call.need("clinic:read")
    return {"staff": _person(call.find("staff", id))}


def practitioner(call: Call, id):
    call.need("clinic:read")
    return {"practitioner": _person(call.find("practitioners", id))}


def add_staff(call: Call):
    call.need("clinic:write")
    return 201, {"staff": _person(_add(call, "staff", {}))}


def add_practitioner(call: Call):
    call.need("clinic:write")
    type_id = call.body.get("practitioner_type_id")
    if type_id not in call.store["practitioner_types"]:
        raise missing()
    more = {"practitioner_type_id": type_id, "invite_accepted": False}
    return 201, {"practitioner": _person(_add(call, "practitioners", more))}


def change_staff(call: Call, id):
    call.need("clinic:write")
    return {"staff": _person(_change(call, call.find("staff", id)))}


def change_practitioner(call: Call, id):
    call.need("clinic:write")
    return {"practitioner": _person(_change(call, call.find("practitioners", id)))}


def practitioner_types(call: Call):
    return page(call, "practitioner_types", list(call.store["practitioner_types"].values()))


def _of_clinic(call, collection):
    return [t for t in call.store[collection].values() if t["clinic_id"] == call.clinic_id]


def _add(call, collection, more):
    absent = [field for field in WRITABLE if not call.body.get(field)]
    if absent:
        call.refuse(*(f"{field.replace('_', ' ').capitalize()} can't be blank" for field in absent))
    person = {
        "id": call.world.new_id(collection),
        "clinic_id": call.clinic_id,
        **{field: call.body[field] for field in WRITABLE},
        "metadata": {"id": (call.body.get("metadata") or {}).get("id")},
        "created_at": stamp(call.world.now()),
        **more,
    }
    call.store[collection][person["id"]] = person
    return person


def _change(call, person):
    for field in WRITABLE:
        if field in call.body:
            person[field] = call.body[field]
    if "metadata" in call.body:
        person["metadata"] = {"id": call.body["metadata"].get("id")}
    return person


def _person(person):
    return {k: v for k, v in person.items() if k not in ("clinic_id", "created_at")}
