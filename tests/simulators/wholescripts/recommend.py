"""POST Recommendations: take one, or refuse it with `success:false` (reference 9.1, 9.2)."""

import json

from django.http import JsonResponse

from tests.simulators import world
from tests.simulators.wholescripts import access, answers, check
from tests.simulators.wholescripts.practitioners import ELSEWHERE, owner_of

PUBLIC_SITE = "https://www.wholescripts.com"


@access.bearer("POST")
def post(request):
    here = world.current()
    try:
        body = json.loads(request.body)
    except ValueError:
        return JsonResponse({"Message": "The request is not valid JSON."}, status=400)
    problem = check.problem(here, request.practitioner, body) or _not_theirs(here, request, body)
    if problem:
        access.count("recommendations_refused")
        nothing = {"recommendationId": 0, "patientLink": None}
        return answers.envelope(nothing, success=False, msg=problem)
    kept = keep(here, request.practitioner, body)
    if answers.knob("success_without_id"):
        return answers.envelope({})
    return answers.envelope({"recommendationId": kept["id"], "patientLink": link(here, kept["id"])})


def keep(here, practitioner: str, body: dict) -> dict:
    """Store a checked body; write to the patient unless told not to."""
    store = here.store["wholescripts"]
    kept = {
        "id": _new_id(here),
        "practitioner": practitioner,
        "sent_at": here.now().isoformat(timespec="milliseconds"),
        "status": "Sent",
        "send_email_given": "SendEmail" in body,
        "body": body,
    }
    store["recommendations"].append(kept)
    if body.get("SendEmail", True):
        access.count("emails")
        here.mail(
            "wholescripts",
            to=body["EmailTo"],
            subject="Your practitioner recommends",
            text=f"{body['PatientFirstName']}, see {link(here, kept['id'])}",
        )
    return kept


def link(here, number: int) -> str:
    """The documented address; a knob points it at this simulator's own page."""
    local = here.knobs["wholescripts"]["link_to_simulator"]
    site = here.origin("wholescripts") if local else PUBLIC_SITE
    return f"{site}/Recommendation/MyRecommendations/{number}"


def _not_theirs(here, request, body: dict) -> str:
    """What is wrong with whom it is from, to, and the referral code."""
    if body["PractitionerEmail"].lower() != request.practitioner.lower():
        return "PractitionerEmail is not the signed-in practitioner"
    owner = owner_of(body["EmailTo"])
    if owner not in (None, request.practitioner):
        return ELSEWHERE
    codes = here.store["wholescripts"]["referral_codes"].get(request.practitioner, [])
    given = (body.get("ref_code", ""), body.get("ref_name", ""))
    if any(given) and given not in [(code["ref_code"], code["ref_name"]) for code in codes]:
        return "The referral code is not valid"
    if owner is None and codes and not given[0] and answers.knob("referral_required"):
        return "A referral code is required for a new patient"
    return ""


def _new_id(here) -> int:
    """Seven digits, not in order. Not counted up: after a reset no id comes again."""
    taken = {kept["id"] for kept in here.store["wholescripts"]["recommendations"]}
    while True:
        number = 1_000_000 + int(here.new_id("recommendation")[:8], 16) % 9_000_000
        if number not in taken:
            return number
