"""What belongs to one practitioner: codes, patients, private label (reference section 7)."""

from django.http import JsonResponse

from tests.simulators import world
from tests.simulators.wholescripts import access, answers
from tests.simulators.wholescripts.shelf import private_label

NONE = "No patients found"
ELSEWHERE = "Patient is registered under a different practitioner"


@access.bearer("GET")
def referral_codes(request):
    codes = world.current().store["wholescripts"]["referral_codes"]
    return answers.listing(codes.get(request.practitioner, []))


@access.bearer("GET")
def private_label_list(request):
    lists = private_label(world.current(), request.practitioner)
    return JsonResponse([lists] if answers.knob("wrong_top_level") else lists, safe=False)


@access.bearer("GET")
def patients(request, email=""):
    """All of the practitioner's patients, or the one with this address (reference 7.2)."""
    how = answers.knob("patients_filter")
    if email and how != "path":
        return answers.not_found()
    wanted = {"query": request.GET.get("email", ""), "path": email, "ignored": ""}[how]
    everyone = world.current().store["wholescripts"]["patients"]
    own = [patient for patient in everyone if patient["practitioner"] == request.practitioner]
    if not wanted:
        return _found(own)
    found = [patient for patient in own if patient["email"].lower() == wanted.lower()]
    if not found and owner_of(wanted) is not None:
        return answers.envelope({"patients": [], "count": 0}, success=False, msg=ELSEWHERE)
    return _found(found)


def owner_of(email: str) -> str | None:
    """The practitioner under whom this patient is registered, or None for a new patient."""
    for patient in world.current().store["wholescripts"]["patients"]:
        if patient["email"].lower() == email.lower():
            return patient["practitioner"]
    return None


def _found(found: list[dict]):
    keys = ("email", "firstName", "lastName")
    shown = [{key: patient[key] for key in keys} for patient in found]
    return answers.envelope({"patients": shown, "count": len(shown)}, msg="" if shown else NONE)
