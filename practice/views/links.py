"""Who our patient is at a vendor. Each view calls the vendor between units."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from practice import audit, likeness, link, tenancy
from practice.ids import row_id
from practice.middleware import opens_itself
from practice.models import Patient
from practice.roles import allow
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
            row = link.theirs(place.connection, place.link)
            shown["linked"] = likeness.of(patient, row) if row else None
        elif place.connection:
            candidates = link.find(place.connection, patient, words)
            shown |= {
                "candidates": candidates[:SHOWN],
                "hidden": len(candidates[SHOWN:]),
                "may_create": not any(
                    found.has_our_id or found.likeness.is_same for found in candidates
                ),
            }
    except VendorError as error:
        return render(request, "practice/patient_link.html", shown | {"error": error}, status=503)
    return render(request, "practice/patient_link.html", shown)


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
        lambda place, patient: link.create(
            place.connection,
            patient,
            request.membership,
            timezone.now(),
            welcome="welcome" in request.POST,
        ),
    )


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
        act(place, patient)
    except link.NotLinked as error:
        messages.error(request, str(error))
    except VendorError as error:
        reason = error.message or f"{label} is not available now."
        messages.error(request, f"Nothing was linked. {reason}")
    else:
        messages.success(request, f"Linked at {label}.")
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
