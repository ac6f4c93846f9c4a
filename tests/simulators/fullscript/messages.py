"""What the frame posts to the page around it (reference 8.4): camel case, an envelope."""

from __future__ import annotations

from tests.simulators.fullscript import patients
from tests.simulators.fullscript.rest import stamp

SPELLINGS = ("samples", "guide", "types")


def envelope(world, editor, type, data) -> dict:
    return {
        "id": world.new_id("embed-event"),
        "type": type,
        "data": data,
        "createdAt": stamp(world.now()),
        "clinicId": editor["clinic_id"],
        "oauth": {"clientId": world.config["fullscript"]["client_id"]},
    }


def patient_selected(world, patient) -> dict:
    """The SDK's own types say `firstNane` and `gender` where the guide says otherwise."""
    shown = patients.represent(world.store["fullscript"], patient)
    by_types = world.knobs["fullscript"]["embed_spelling"] == "types"
    return {
        "patient": {
            "id": shown["id"],
            "firstNane" if by_types else "firstName": shown["first_name"],
            "lastName": shown["last_name"],
            "email": shown["email"],
            "dateOfBirth": shown["date_of_birth"],
            "gender" if by_types else "biologicalSex": shown["gender"],
            "discount": shown["discount"],
            "totalDiscount": shown["total_discount"],
            "mobileNumber": shown["mobile_number"],
            "textMessageNotification": shown["text_message_notification"],
        }
    }


def plan_activated(world, plan) -> dict:
    patient = world.store["fullscript"]["patients"][plan["patient_id"]]
    by_guide = world.knobs["fullscript"]["embed_spelling"] == "guide"
    return {
        "treatmentPlan": {
            "id": plan["id"],
            "state": plan["state"],
            "patient": {
                "id": patient["id"],
                "firstName": patient["first_name"],
                "lastName": patient["last_name"],
                "email": patient["email"],
            },
            "practitioner": {"id": plan["practitioner_id"]},
            "availableAt": plan["available_at"],
            "recommendations": [_line(line) for line in plan["recommendations"]],
            "lab_recommendations" if by_guide else "labRecommendations": [
                _lab(lab, by_guide) for lab in plan["lab_recommendations"]
            ],
        }
    }


def _lab(lab, by_guide):
    fasting = "requires_fasting" if by_guide else "requiresFasting"
    keys = ("id", "name", "instructions", "tests")
    return {**{key: lab[key] for key in keys}, fasting: lab["requires_fasting"]}


def _line(line):
    dosage = line["dosage"]
    return {
        "variantId": line["variant_id"],
        "refill": line["refill"],
        "unitsToPurchase": line["units_to_purchase"],
        "dosage": {
            "recommendedAmount": dosage["amount"],
            "recommendedFrequency": dosage["frequency"],
            "recommendedDuration": dosage["duration"],
            "format": dosage["format"],
            "additionalInfo": dosage["additional_info"],
        },
    }
