"""Saying whose patients many of them are, at once."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from practice import audit, covering, enrol
from practice.ids import row_id
from practice.models import Membership, Patient
from practice.roles import allow
from practice.views.patients import PER_PAGE, of_practitioner

NOBODY = "none"


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_assign(request):
    """Patients with boxes to tick; those without a practitioner first. Practitioners who see
    their own patients only cannot give them away here either."""
    if covering.is_restricted(request.membership):
        raise PermissionDenied(
            "Who sees only their own patients cannot hand them over. Ask an owner or an assistant."
        )
    clinicians = Membership.objects.for_practice(request.practice).clinicians()
    whose = request.GET.get("practitioner", NOBODY)
    patients = Patient.objects.for_practice(request.practice).current()
    if request.method == "POST":
        return _assign(request, patients, clinicians, whose)
    shown = of_practitioner(patients, whose).select_related("practitioner")
    by_name = shown.order_by(Lower("last_name"), Lower("first_name"), "id")
    page = Paginator(by_name, PER_PAGE).get_page(request.GET.get("page"))
    audit.listed(request, "practice:patient-assign", [patient.pk for patient in page])
    return render(
        request,
        "practice/patient_assign.html",
        {
            "page": page,
            "whose": whose,
            "practitioners": clinicians,
        },
    )


def _assign(request, patients, clinicians, whose):
    chosen = request.POST.get("to", "")
    ticked = patients.filter(pk__in=[row_id(pk) for pk in request.POST.getlist("patient")])
    if not chosen or not request.POST.getlist("patient"):
        messages.error(request, "Tick the patients and choose a practitioner. Nothing was changed.")
    else:
        to = None if chosen == NOBODY else get_object_or_404(clinicians, pk=row_id(chosen))
        changed = enrol.assign(ticked, to, by=request.membership.name, now=timezone.now())
        name = to.name if to else "nobody in particular"
        plural = "" if len(changed) == 1 else "s"
        messages.success(request, f"{len(changed)} patient{plural} assigned to {name}.")
    here = reverse("practice:patient-assign", args=[request.practice.slug])
    return redirect(f"{here}?practitioner={row_or_none(whose)}")


def row_or_none(whose: str) -> str:
    """`whose` as an address may carry it."""
    return whose if whose in ("", NOBODY) else str(row_id(whose))
