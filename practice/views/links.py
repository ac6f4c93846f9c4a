"""Who our patient is at a vendor. Each view calls the vendor between units."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from practice import audit, create_there, details, known_there, link, rights, tasks, tenancy
from practice.ids import row_id
from practice.middleware import opens_itself
from practice.models import Patient
from practice.roles import allow
from practice.tasking import nudge
from practice.vendors.contract import VendorError

SHOWN = 20


@opens_itself
@allow("sign_plans")
@require_http_methods(["GET", "POST"])
def patient_link(request, patient_id, vendor):
    """Ours beside those the vendor may mean. A search is posted: no name enters an address."""
    patient, place = _asked(request, patient_id, vendor)
    with tenancy.unit():
        page = {"kind": "practice:patient-link", "vendor": vendor}
        audit.seen(request, patient, patient_id=patient.pk, **page)
    words = request.POST.get("q", "").strip()[:120]
    shown = {
        "patient": patient,
        "place": place,
        "label": place.vendor.label,
        "words": words,
        "back": _back(request, patient),
        "next": _next(request),
    }
    try:
        if place.link:
            shown |= _linked(place, patient)
        elif place.connection:
            shown |= _candidates(place, patient, words)
    except VendorError as error:
        shown |= {"error": error, "reason": rights.explain(error), "lacks": rights.lacks(error)}
        return render(request, "practice/patient_link.html", shown, status=503)
    return render(request, "practice/patient_link.html", shown)


def _linked(place, patient) -> dict:
    """The link's two sides, and what else the vendor knows around it."""
    found = link.there(place.connection, place.link)
    if found is None:
        return {"there": None}
    return {
        "there": found,
        "details": details.beside(patient, found.row),
        "differing": details.differing(patient, found.row),
        "seen": details.seen(patient, found.row),
        "note": place.vendor.dependents_note,
    }


def _candidates(place, patient, words) -> dict:
    found = link.find(place.connection, patient, words)
    with tenancy.unit():
        asked = create_there.waiting(patient, place.connection)
        before = list(link.earlier(patient, place.vendor.key))
    return {
        "candidates": [(one, one.refusal(place.vendor.label)) for one in found[:SHOWN]],
        "hidden": len(found[SHOWN:]),
        "asked": asked,
        "before": before,
        "was_linked": {held.vendor_patient_id for held in before},
        "note": place.vendor.dependents_note if any(one.is_dependent for one in found) else "",
        "may_create": not any(one.has_our_id or one.likeness.is_same for one in found),
        "may_give_number": create_there.may_give_number(patient),
    }


@opens_itself
@allow("sign_plans")
@require_POST
def patient_link_confirm(request, patient_id, vendor):
    return _done(
        request,
        patient_id,
        vendor,
        lambda place, patient: link.confirm(
            place.connection,
            patient,
            request.POST.get("theirs", "")[:120],
            request.membership,
            timezone.now(),
            compared="compared" in request.POST,
        ),
    )


@opens_itself
@allow("sign_plans")
@require_POST
def patient_link_create(request, patient_id, vendor):
    return _done(
        request,
        patient_id,
        vendor,
        lambda place, patient: create_there.run(
            place.connection,
            patient,
            request.membership,
            timezone.now(),
            welcome="welcome" in request.POST,
            may_text="may_text" in request.POST,
        ),
    )


@opens_itself
@allow("sign_plans")
@require_POST
def patient_details(request, patient_id, vendor):
    """Sends ticked details there, takes them from there, or leaves both sides as they are."""
    patient, place = _asked(request, patient_id, vendor)
    if place.link is None:
        messages.error(request, "The link was taken back meanwhile. Nothing was changed.")
        return redirect(_here(request, patient, vendor))
    try:
        messages.success(request, DETAILS[request.POST.get("deed")](request, place, patient))
    except KeyError:
        messages.error(request, "Choose what is to be done. Nothing was changed.")
    except details.NotDone as reason:
        messages.error(request, str(reason))
    except VendorError as error:
        messages.error(request, f"Nothing was changed. {rights.explain(error)}")
    return redirect(_here(request, patient, vendor))


def _send(request, place, patient) -> str:
    shown, ticked = request.POST.get("seen", ""), request.POST.getlist("field")
    who_and_when = (request.membership, timezone.now())
    sent = details.send(place.connection, place.link, patient, ticked, shown, *who_and_when)
    return f"Sent to {place.vendor.label}: {', '.join(sent).lower()}."


def _take(request, place, patient) -> str:
    shown, ticked = request.POST.get("seen", ""), request.POST.getlist("field")
    theirs = details.read(place.connection, place.link, patient, shown)
    with tenancy.unit():
        held = Patient.objects.for_practice(request.practice).standing().held().get(pk=patient.pk)
        if details.seen(held, theirs) != shown:
            raise details.NotDone("One of the two sides changed meanwhile. Compare once more.")
        who_and_when = (request.membership, timezone.now())
        taken = details.take(place.connection, place.link, held, theirs, ticked, *who_and_when)
    return f"Taken from {place.vendor.label}: {', '.join(taken).lower()}."


def _leave(request, place, patient) -> str:
    with tenancy.unit():
        known_there.looked_at(place.link)
    return "Both sides stay as they are. The note on the patient's page is gone."


DETAILS = {"send": _send, "take": _take, "leave": _leave}


@allow("sign_plans")
@require_POST
def patient_link_undo(request, patient_id, vendor):
    patient = get_object_or_404(Patient.objects.for_practice(request.practice), pk=patient_id)
    held = get_object_or_404(
        link.current(patient).filter(vendor=vendor), pk=row_id(request.POST.get("link", ""))
    )
    link.undo(held, request.membership, timezone.now())
    messages.success(request, "Unlinked. To take it back, link the same patient again below.")
    return redirect(_here(request, patient, vendor))


def _done(request, patient_id, vendor, act):
    """Does `act` and leads back to where the person came from, or here with the reason."""
    patient, place = _asked(request, patient_id, vendor)
    label = place.vendor.label
    if place.connection is None:
        messages.error(request, f"Connect {label} first.")
        return redirect(_here(request, patient, vendor))
    try:
        made = act(place, patient)
    except link.NotLinked as error:
        messages.error(request, str(error))
    except VendorError as error:
        reference = f" Reference: {error.request_id}." if error.request_id else ""
        messages.error(request, f"Nothing was linked. {rights.explain(error)}{reference}")
    else:
        messages.success(request, f"Linked at {label}.")
        nudge(tasks.leave_our_id, request.practice.pk, made.pk)
        return redirect(_back(request, patient))
    return redirect(_here(request, patient, vendor))


def _asked(request, patient_id, vendor):
    with tenancy.unit():
        patient = get_object_or_404(
            Patient.objects.for_practice(request.practice)
            .current()
            .select_related("practitioner"),  # the banner shows it, outside of units
            pk=patient_id,
        )
        places = link.places(patient, request.membership)
    place = next((place for place in places if place.vendor.key == vendor), None)
    if place is None:
        raise Http404("No such place.")
    return patient, place


def _next(request) -> str:
    """The page of ours the person came from, '' where none is named."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours and wanted.startswith("/") else ""


def _back(request, patient) -> str:
    own = reverse("practice:patient-detail", args=[request.practice.slug, patient.pk])
    return _next(request) or own


def _here(request, patient, vendor) -> str:
    here = reverse("practice:patient-link", args=[request.practice.slug, patient.pk, vendor])
    back = _next(request)
    return f"{here}?next={back}" if back else here
