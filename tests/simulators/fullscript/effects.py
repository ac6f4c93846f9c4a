"""What happened to people and things, as a record tests can read: `holds("fullscript")["effects"]`.

    patients_created  patient_id, by (rest, draft_link, page)
    welcome_mails     patient_id, email, by (as above)
    plan_mails        patient_id, email, plan_id: the invitation to order
    carts_emptied     patient_id, plan_id, lost (the lines that were in it)
    links_made        kind (start, draft, gateway, edit), key, person_id, patient_id, plan_id
    links_opened      kind, key, person_id who signed in, plan_id
    grants_issued     id, person_id
    grants_claimed    id, person_id
    revocations       person_id, by (api, user)
    downloads         what (lab_result, resource), id
    refreshes         a count for each person
    webhooks          counts: probes, attempted, delivered, failed, dropped, forged

Every entry of a list has `at`, on the vendors' clock. Calls stand beside it in `calls`.
"""

from __future__ import annotations

LISTS = (
    "patients_created",
    "welcome_mails",
    "plan_mails",
    "carts_emptied",
    "links_made",
    "links_opened",
    "grants_issued",
    "grants_claimed",
    "revocations",
    "downloads",
)
COUNTED = ("probes", "attempted", "delivered", "failed", "dropped", "forged")


def nothing() -> dict:
    """The record before anything happened."""
    counts = {"refreshes": {}, "webhooks": dict.fromkeys(COUNTED, 0)}
    return {name: [] for name in LISTS} | counts


def note(world, name: str, **facts):
    """One more entry of a list."""
    entry = {**facts, "at": world.now().isoformat(timespec="milliseconds")}
    world.store["fullscript"]["effects"][name].append(entry)


def refreshed(world, person_id: str):
    counts = world.store["fullscript"]["effects"]["refreshes"]
    counts[person_id] = counts.get(person_id, 0) + 1


def count_webhook(world, what: str):
    world.store["fullscript"]["effects"]["webhooks"][what] += 1
