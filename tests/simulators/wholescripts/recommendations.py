"""Reading recommendations back (reference 9.3), and the page a patient opens."""

from django.http import Http404
from django.shortcuts import render

from tests.simulators import world
from tests.simulators.wholescripts import access, answers, shelf

NONE = "No recommendations found"


@access.bearer("GET")
def by_email(request, email):
    wanted = email.lower()
    return _answer(
        [
            kept
            for kept in _visible(request.practitioner)
            if kept["body"]["EmailTo"].lower() == wanted
        ]
    )


@access.bearer("GET")
def by_id(request, number):
    return _answer([kept for kept in _visible(request.practitioner) if str(kept["id"]) == number])


def page(request, number):
    """What `patientLink` opens, when it points here."""
    here = world.current()
    for kept in here.store["wholescripts"]["recommendations"]:
        if kept["id"] == number:
            context = {"kept": kept, "entry": shown(here, kept)}
            return render(request, "wholescripts/recommendation.html", context)
    raise Http404(number)


def shown(here, kept: dict) -> dict:
    """A stored recommendation in the camelCase shape the API answers."""
    body = kept["body"]
    status = kept["status"]
    if status == "Sent" and here.knobs["wholescripts"]["status_values"] == "unknown":
        status = "Opened By Patient"
    return {
        "id": kept["id"],
        "practitionerEmail": kept["practitioner"],
        "emailTo": body["EmailTo"],
        "patientFirstName": body["PatientFirstName"],
        "patientLastName": body["PatientLastName"],
        "dateSentUtc": kept["sent_at"].removesuffix("+00:00"),
        "notes": body.get("Notes", ""),
        "status": status,
        "ref_code": body.get("ref_code", ""),
        "ref_name": body.get("ref_name", ""),
        "items": [_item(here, kept["practitioner"], item) for item in body["Items"]],
    }


def _item(here, practitioner: str, item: dict) -> dict:
    """A pack has no name and null dosing; its keys come in another order, as at the vendor."""
    if item["MedPaxPills"]:
        return {
            "sku": item["Sku"],
            "name": "",
            "quantity": item["Quantity"],
            "dosing": None,
            "notes": item["Notes"],
            "medPaxName": item["MedPaxName"],
            "itemDuration": item["ItemDuration"],
            "medPaxPills": [
                {
                    "sku": pill["Sku"],
                    "name": shelf.pill_name(here, pill["Sku"]) or "",
                    "quantity": pill["Quantity"],
                    "itemTime": pill["ItemTime"],
                }
                for pill in item["MedPaxPills"]
            ],
        }
    return {
        "sku": item["Sku"],
        "name": shelf.bottle_name(here, practitioner, item["Sku"]) or "",
        "quantity": item["Quantity"],
        "dosing": item["Dosing"],
        "notes": item["Notes"],
        "medPaxName": "",
        "medPaxPills": None if here.knobs["wholescripts"]["pills_null"] else [],
        "itemDuration": item["ItemDuration"],
    }


def _visible(practitioner: str) -> list[dict]:
    kept = world.current().store["wholescripts"]["recommendations"]
    if answers.knob("other_practitioner_rows"):
        return kept
    return [one for one in kept if one["practitioner"] == practitioner]


def _answer(found: list[dict]):
    here = world.current()
    if found:
        return answers.envelope({"recommendations": [shown(here, kept) for kept in found]})
    style = answers.knob("not_found_style")
    if style == "404":
        return answers.not_found()
    return answers.envelope({"recommendations": []}, success=style != "success_false", msg=NONE)
