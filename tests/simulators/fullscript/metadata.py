"""Our ids inside Fullscript (reference 5.3): kept with four kinds of things, found by them.

Whether one may be given twice, and how long it may be, is not documented.
"""

from __future__ import annotations

from tests.simulators.fullscript.rest import Call, page

HOLDERS = {
    "patient": "patients",
    "practitioner": "practitioners",
    "staff": "staff",
    "treatment_plan": "plans",
}


def given(body: dict) -> str | None:
    """The id of ours in a request, None without one."""
    return (body.get("metadata") or {}).get("id")


def problems(world, clinic_id: str, collection: str, our_id: str | None, own_id="") -> list[str]:
    """What is wrong with it, where the knobs set limits."""
    knobs = world.knobs["fullscript"]
    if not our_id:
        return []
    wrong = []
    if knobs["metadata_length"] and len(our_id) > knobs["metadata_length"]:
        wrong.append("Metadata id is too long")
    others = world.store["fullscript"][collection].values()
    if knobs["metadata_unique"] and any(
        t["metadata"]["id"] == our_id and t["clinic_id"] == clinic_id and t["id"] != own_id
        for t in others
    ):
        wrong.append("Metadata id has already been taken")
    return wrong


def search(call: Call):
    """Everything of the clinic that carries this id of ours; several hits are possible."""
    call.need("clinic:read")
    kind = call.query.get("type", "")
    if kind not in HOLDERS:
        call.refuse("Type is not included in the list")
    ours = call.query.get("id", "")
    rows = [
        {"id": ours, "type": kind, "data": {"id": thing["id"]}}
        for thing in call.store[HOLDERS[kind]].values()
        if thing["clinic_id"] == call.clinic_id and ours and thing["metadata"]["id"] == ours
    ]
    return page(call, "metadata", rows)
