"""Plans as Fullscript keeps them, whoever made them: by API, in Embed, through a link."""

from __future__ import annotations

import datetime as dt
import re

from tests.simulators.fullscript import (
    effects,
    events,
    ids,
    labcatalogue,
    labs,
    products,
    resources,
)
from tests.simulators.fullscript.rest import flag, stamp

# Reference 5.4, "Dosage vocabulary accepted by the API".
FREQUENCIES = (
    "once per day",
    "twice per day",
    "three times per day",
    "four times per day",
    "every morning",
    "every night",
)
FORMATS = (
    "capsule", "chewable", "gel", "liquid", "lozenge", "packet", "pellet", "drops", "drop",
    "powder", "strip", "suppository", "tablet",
)  # fmt: skip
TIMES_OF_DAY = ("upon waking", "morning", "afternoon", "evening", "bedtime")
AMOUNT = re.compile(r"\d+(\.\d+)?([/-]\d+(\.\d+)?)?")
DURATION = re.compile(r"\d+|as needed|ongoing")
DOSAGE_FIELDS = ("amount", "frequency", "duration", "format", "additional_info")


def read_lines(world, given) -> tuple[list[dict], list[str]]:
    """Requested recommendations, strings and all, as (native lines, what is wrong)."""
    if not isinstance(given, list) or not given:
        return [], ["Recommendations can't be blank"]
    lines, wrong = [], []
    for line in given:
        if not isinstance(line, dict):
            wrong.append("Recommendation is invalid")
            continue
        if products.variant(world, line.get("variant_id")) is None:
            wrong.append("Variant must exist")
        units = str(line.get("units_to_purchase", "1"))
        if not units.isdigit() or int(units) < 1:
            wrong.append("Units to purchase must be greater than 0")
            units = "1"
        dosage = line.get("dosage") or {}
        wrong += _dosage_problems(world, dosage)
        times = dosage.get("time_of_day") or []
        lines.append(
            {
                "variant_id": line.get("variant_id"),
                "units_to_purchase": int(units),
                "refill": flag(line.get("refill")),
                "take_with": line.get("take_with") or None,
                "dosage": {
                    **{field: dosage.get(field) or None for field in DOSAGE_FIELDS},
                    "time_of_day": [times] if isinstance(times, str) else times,
                },
            }
        )
    return lines, wrong


def _dosage_problems(world, dosage):
    if not world.knobs["fullscript"]["strict_vocabulary"]:
        return []
    times = dosage.get("time_of_day") or []
    times = [times] if isinstance(times, str) else times
    checks = {
        "amount": lambda v: AMOUNT.fullmatch(v),
        "frequency": lambda v: v in FREQUENCIES,
        "duration": lambda v: DURATION.fullmatch(v),
        "format": lambda v: v in FORMATS,
    }
    wrong = [
        f"Dosage {field} is not included in the list"
        for field, is_good in checks.items()
        if dosage.get(field) and not is_good(str(dosage[field]))
    ]
    if any(time not in TIMES_OF_DAY for time in times):
        wrong.append("Dosage time of day is not included in the list")
    return wrong


def add(world, *, patient_id, practitioner_id, recommendations, source, message=None, our_id=None):
    """A new draft. `source` is "api" or "app"; the second is what Embed and links make."""
    store = world.store["fullscript"]
    now = stamp(world.now())
    plan = {
        "id": ids.new(world, "plan"),
        "clinic_id": store["patients"][patient_id]["clinic_id"],
        "state": "draft",
        "source": source,
        "patient_id": patient_id,
        "practitioner_id": practitioner_id,
        "available_at": None,
        "created_at": now,
        "updated_at": now,
        "personal_message": message or None,
        "recommendations": recommendations,
        "lab_recommendations": [],
        "resource_ids": [],
        "metadata": {"id": our_id},
    }
    store["plans"][plan["id"]] = plan
    return plan


def read_labs(world, panel_ids) -> tuple[list[dict], list[str]]:
    """Asked-for lab panels as (lab recommendations, what is wrong)."""
    found = [labcatalogue.panel(world, id) for id in panel_ids]
    if any(panel is None or not panel["active"] for panel in found):
        return [], ["Lab test must exist"]
    return [labcatalogue.recommendation(panel) for panel in found], []


def in_lists(world, plan) -> bool:
    """Whether lists show it already: one made in Fullscript may take a while (knob)."""
    delay = dt.timedelta(seconds=world.knobs["fullscript"]["list_delay_seconds"])
    return plan["source"] == "api" or (
        dt.datetime.fromisoformat(plan["created_at"]) + delay <= world.now()
    )


def touch(world, plan):
    plan["updated_at"] = stamp(world.now())


def activate(world, plan):
    """Make it visible to the patient, who gets the invitation by e-mail."""
    store = world.store["fullscript"]
    plan["state"] = "active"
    plan["available_at"] = world.now().date().isoformat()
    touch(world, plan)
    labs.recommend(world, plan)
    patient = store["patients"][plan["patient_id"]]
    clinic = store["clinics"][plan["clinic_id"]]["name"]
    world.mail(
        "fullscript",
        to=patient["email"],
        subject=f"Your supplement plan from {clinic}",
        text=(
            f"Hello {patient['first_name']},\n\n{plan['personal_message'] or ''}\n\n"
            f"See your plan and order: {invitation_url(world, plan)}\n"
        ),
    )
    told = {"patient_id": patient["id"], "email": patient["email"], "plan_id": plan["id"]}
    effects.note(world, "plan_mails", **told)


def fire(world, plan, type):
    """Tell the product, as for every change made in Fullscript's own pages."""
    data = {
        "id": plan["id"],
        # The vendor's own samples say "true" even for a cancelled plan.
        "active": "true",
        "available_at": plan["available_at"],
        "recommendations": plan["recommendations"],
        "lab_recommendations": plan["lab_recommendations"],
    }
    if type != "treatment_plan.recommendation.updated":
        data["resources"] = resources.of_plan(world, plan)
    events.record(world, plan["clinic_id"], type, {"treatment_plan": data})


def invitation_url(world, plan) -> str:
    return f"{world.origin('fullscript')}/invite/{plan['id']}"


def represent(world, plan) -> dict:
    return {
        "id": plan["id"],
        "state": plan["state"],
        "source": plan["source"],
        "patient": {"id": plan["patient_id"]},
        "practitioner": {"id": plan["practitioner_id"]},
        "available_at": plan["available_at"],
        "created_at": plan["created_at"],
        "updated_at": plan["updated_at"],
        "personal_message": plan["personal_message"],
        "recommendations": plan["recommendations"],
        "lab_recommendations": plan["lab_recommendations"],
        "resources": resources.of_plan(world, plan),
        "invitation_url": invitation_url(world, plan),
        "checkout_url": None,
        "practitioner_pay_url": None,
        "treatment_plan_text": None,
        "lab_checkout_status": None,
        "patient_lab_fields_needed": [],
        "metadata": plan["metadata"],
    }
