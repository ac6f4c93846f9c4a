"""The store as it is at the start: clinics, people and patients, nothing done yet."""

from __future__ import annotations

from tests.simulators.fullscript import effects, library, people


def start(world) -> dict:
    """`store["fullscript"]`: every collection is a dict by id unless it says otherwise."""
    store = {
        "clinics": {},
        "practitioner_types": {},
        "practitioners": {},
        "staff": {},
        "patients": {},
        "plans": {},
        "orders": {},
        "lab_orders": {},
        "categories": {},
        "protocols": {},
        "resources": {},
        "carts": {},  # by patient: lines not yet ordered, which no call shows
        "changed_products": {},  # by product: what was changed since the start
        "custom_dosages": {},  # by practitioner, then by product
        "codes": {},  # OAuth codes not yet exchanged
        "tokens": [],  # pairs in order of issue
        "session_grants": {},
        "data_tokens": {},  # what Embed's tokenize was told
        "editors": {},  # open plan editors, framed or in a tab
        "links": {},
        "events": [],
        "queue": {},  # deliveries to come
        "deliveries": [],  # attempts made
        "endpoint": {"disabled": "", "failing_since": None},
        "calls": {},  # by client id: the moment of every call, seconds since 1970
        "admitted": {},  # those of the last five minutes that the rate limit let in
        "idempotency_keys": [],
        "effects": effects.nothing(),
    }
    for clinic in people.CLINICS:
        clinic_id = world.seeded_id(f"clinic:{clinic['key']}")
        store["clinics"][clinic_id] = {
            "id": clinic_id,
            "key": clinic["key"],
            "name": clinic["name"],
            "discount": clinic["discount"],
            "closed_brands": [],  # that its patients are not shown
            "integration_id": world.seeded_id(f"integration:{clinic['key']}"),
        }
    for name in people.PRACTITIONER_TYPES:
        type_id = world.seeded_id(f"type:{name}")
        store["practitioner_types"][type_id] = {"id": type_id, "name": name}
    for clinic, first, last, kind in people.PEOPLE:
        _add_person(world, store, clinic, first, last, kind)
    for number, patient in enumerate(people.PATIENTS):
        _add_patient(world, store, number, *patient)
    library.fill(world, store)
    return store


def _add_person(world, store, clinic, first, last, kind):
    email = people.email_of(clinic, first, last)
    person = {
        "id": world.seeded_id(f"person:{email}"),
        "clinic_id": world.seeded_id(f"clinic:{clinic}"),
        "first_name": first,
        "last_name": last,
        "email": email,
        "metadata": {"id": None},
    }
    if kind:
        person |= {
            "practitioner_type_id": world.seeded_id(f"type:{kind}"),
            "invite_accepted": True,
        }
    store["practitioners" if kind else "staff"][person["id"]] = person


def _add_patient(world, store, number, clinic, first, last, email, born, gender, mobile, guardian):
    clinic_id = world.seeded_id(f"clinic:{clinic}")
    patient_id = world.seeded_id(f"patient:of-the-start:{number}")
    guardian_id = next(
        (
            other["id"]
            for other in store["patients"].values()
            if guardian
            and (other["clinic_id"], other["first_name"], other["last_name"])
            == (clinic_id, guardian, last)
        ),
        None,
    )
    store["patients"][patient_id] = {
        "id": patient_id,
        "clinic_id": clinic_id,
        "first_name": first,
        "last_name": last,
        "email": email,
        "date_of_birth": born,
        "gender": gender,
        "discount": 0,
        "mobile_number": mobile,
        "text_message_notification": mobile is not None,
        "archived": False,
        "guardian_patient_id": guardian_id,
        "metadata": {"id": None},
        "created_at": world.now().isoformat(timespec="milliseconds"),
    }
