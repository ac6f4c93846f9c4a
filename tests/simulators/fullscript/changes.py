"""What changes at Fullscript by itself: patients' data, products, handed-out protocols, carts.

Each takes `(world, fields)`, as actions do; changes of patients and products fire events.
"""

from __future__ import annotations

from tests.simulators.fullscript import events, ids, patients, planstore, products, tokens
from tests.simulators.fullscript.happenings import held
from tests.simulators.registry import ActionError

EVENT_FIELDS = ("name", "description_html", "brand", "variants", "dosage")
OF_PRODUCT = ("name", "description_html", "dosage")
OF_VARIANT = ("msrp", "availability", "status", "upc")


def add_patient(world, fields):
    """Somebody signs up in Fullscript's own pages: `first_name`, `last_name`, `email` and more,
    in the clinic of `guardian_patient_id`, whose dependent they become, or `clinic_id`."""
    with world.lock:
        store = world.store["fullscript"]
        guardian = store["patients"].get(fields.get("guardian_patient_id"))
        clinic_id = guardian["clinic_id"] if guardian else fields["clinic_id"]
        patient = patients.add(world, clinic_id, fields, refuse=_refuse, by="page")
        patient["guardian_patient_id"] = guardian["id"] if guardian else None
    return {"patient_id": patient["id"]}


def update_patient(world, fields):
    """Fullscript's own pages change `patient_id`; `patient.updated` fires."""
    with world.lock:
        store = world.store["fullscript"]
        patient = held(store, "patients", fields)
        patient |= {k: v for k, v in fields.items() if k in patients.FIELDS}
        told = {"patient": patients.in_event(store, patient)}
        events.record(world, patient["clinic_id"], "patient.updated", told)
    return {"patient_id": patient["id"]}


def archive_patient(world, fields):
    """`patient_id` is archived in Fullscript, or brought back with `archived` false. Nothing
    tells it."""
    with world.lock:
        patient = held(world.store["fullscript"], "patients", fields)
        patient["archived"] = str(fields.get("archived", True)).lower() != "false"
    return {"patient_id": patient["id"]}


def emancipate(world, fields):
    """A dependent becomes independent, with an `email` of their own."""
    with world.lock:
        store = world.store["fullscript"]
        patient = held(store, "patients", fields)
        patient["guardian_patient_id"] = None
        patient["email"] = fields.get("email") or patient["email"]
        told = patients.in_event(store, patient)
        told |= {"is_dependent": False, "guardian_patient_id": None}
        events.record(world, patient["clinic_id"], "patient.emancipated", {"patient": told})
    return {"patient_id": patient["id"]}


def touch_product(world, fields):
    """`type` (product.updated, product.created or product.description.updated) of `product_id`,
    told to `clinic_id` or every connected clinic. What is named beside it changes: `name`,
    `description_html`, `dosage`; `msrp`, `availability`, `status`, `upc` of its first variant.
    product.created is flat (reference 6.6)."""
    with world.lock:
        if products.product(world, fields["product_id"]) is None:
            raise ActionError("There is no such product.")
        store = world.store["fullscript"]
        changed = store["changed_products"].setdefault(fields["product_id"], {})
        changed |= {k: v for k, v in fields.items() if k in (*OF_PRODUCT, *OF_VARIANT)}
        product = products.product(world, fields["product_id"])
        type = fields.get("type", "product.updated")
        shown = {k: product[k] for k in EVENT_FIELDS}
        data = shown if type == "product.created" else {"product": shown}
        clinics = {t["clinic_id"] for t in tokens.connected(store)}
        clinics &= {fields.get("clinic_id")} if fields.get("clinic_id") else clinics
        for clinic_id in sorted(clinics):
            events.record(world, clinic_id, type, data)
    return {"clinics": len(clinics)}


def custom_dosage(world, fields):
    """`practitioner_id` keeps a dosage of their own for `product_id`: `dosage`, an object
    with the product's `recommended_…` names; without one it is taken back."""
    product_id = fields["product_id"]
    with world.lock:
        own = world.store["fullscript"]["custom_dosages"].setdefault(fields["practitioner_id"], {})
        own.pop(product_id, None)
        if fields.get("dosage"):
            own[product_id] = fields["dosage"]
    return {"product_id": product_id}


def make_protocol(world, fields):
    """`practitioner_id` makes a protocol: `name`, `recommendations` as REST takes them,
    `current_state`, `is_shared`. With `protocol_id` that one is changed instead."""
    with world.lock:
        store = world.store["fullscript"]
        protocol = store["protocols"].get(fields.get("protocol_id"))
        if protocol is None:
            owner = store["practitioners"][fields["practitioner_id"]]
            protocol = {
                "id": ids.new(world, "protocol"),
                "clinic_id": owner["clinic_id"],
                "practitioner_id": owner["id"],
                "is_shared": False,
                "name": "Protocol",
                "current_state": "active",
                "recommendations": [],
            }
            store["protocols"][protocol["id"]] = protocol
        if fields.get("recommendations"):
            lines, wrong = planstore.read_lines(world, fields["recommendations"])
            # A variant may be gone since the protocol was made.
            if [problem for problem in wrong if problem != "Variant must exist"]:
                raise ActionError(". ".join(wrong))
            protocol["recommendations"] = lines
        keys = ("name", "current_state", "is_shared")
        protocol |= {k: v for k, v in fields.items() if k in keys}
    return {"protocol_id": protocol["id"]}


def delete_protocol(world, fields):
    """`protocol_id` is gone for good."""
    with world.lock:
        world.store["fullscript"]["protocols"].pop(fields["protocol_id"], None)
    return {}


def fill_cart(world, fields):
    """`patient_id` puts `variant_id` into the cart, `quantity` of it."""
    with world.lock:
        patient = held(world.store["fullscript"], "patients", fields)
        line = {"variant_id": fields["variant_id"], "quantity": int(fields.get("quantity") or 1)}
        cart = world.store["fullscript"]["carts"].setdefault(patient["id"], [])
        cart.append(line)
    return {"cart": cart}


def overwrite(world, fields):
    """Put `values` over those of `id` in a `collection` (a key of the store), whatever they
    are: a state nobody knows, a null where there never was one. Nothing tells it."""
    with world.lock:
        try:
            thing = world.store["fullscript"][fields["collection"]][fields["id"]]
        except (KeyError, TypeError):
            raise ActionError("There is no such thing.") from None
        thing |= fields["values"]
    return {"id": fields["id"]}


def _refuse(*messages):
    raise ActionError(". ".join(messages))
