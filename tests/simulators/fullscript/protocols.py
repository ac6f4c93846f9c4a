"""Protocols, and templates, their older name (reference 5.5). Every body is a guess.

A protocol belongs to a practitioner, who may share it with the clinic's others. Those of
Fullscript itself belong to no clinic.
"""

from __future__ import annotations

from tests.simulators.fullscript.rest import Call, missing, ordered, page

STATES = ("active", "draft", "cancelled")
OWNERSHIP = ("owned", "shared", "all")


def of_fullscript(call: Call):
    rows = [p for p in call.store["protocols"].values() if p["clinic_id"] is None]
    return page(call, "protocols", ordered(call, rows, "name"), _listed(call))


def of_practitioner(key):
    """The list under `protocols` or, deprecated, `templates`."""

    def handler(call: Call, practitioner_id):
        call.need("clinic:read")
        call.find("practitioners", practitioner_id)
        state, ownership = call.query.get("current_state"), call.query.get("ownership_type")
        if state and state not in STATES:
            call.refuse("Current state is not included in the list")
        if ownership and ownership not in OWNERSHIP:
            call.refuse("Ownership type is not included in the list")
        rows = [
            p
            for p in call.store["protocols"].values()
            if p["clinic_id"] == call.clinic_id
            and _is_of(p, practitioner_id, ownership or "owned")
            and state in (None, "", p["current_state"])
        ]
        rows = ordered(call, rows, "name", "current_state")
        return page(call, key, rows, _listed(call))

    return handler


def show(key):
    def handler(call: Call, id):
        call.need("clinic:read")
        found = call.store["protocols"].get(id)
        if found is None or found["clinic_id"] not in (None, call.clinic_id):
            raise missing()
        return {key: represent(found)}

    return handler


def represent(protocol) -> dict:
    keys = ("id", "name", "current_state", "recommendations")
    return {key: protocol[key] for key in keys}


def _is_of(protocol, practitioner_id, ownership):
    if protocol["practitioner_id"] == practitioner_id:
        return ownership in ("owned", "all")
    return protocol["is_shared"] and ownership in ("shared", "all")


def _listed(call):
    """What a list shows of each: everything, or its name only (knob `protocol_items`)."""
    if call.knobs["protocol_items"] == "full":
        return represent
    return lambda p: {key: p[key] for key in ("id", "name", "current_state")}
