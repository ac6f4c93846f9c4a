"""Patients: the list, one patient, and the forms."""

import copy

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit, desk, enrol, history, link
from practice.ages import age_on
from practice.forms import PatientForm
from practice.ids import row_id
from practice.models import Patient, PatientEvent
from practice.roles import allow
from practice.vendors.registry import VENDORS

PER_PAGE = 50
# Changing one of these may make a patient look like another one.
TELLING = {"first_name", "last_name", "birth_date", "email"}


@require_http_methods(["GET", "POST"])
@allow("see")
def patient_list(request):
    """Patients by name. A search is posted, so that no name enters an address or a log."""
    asked = request.POST if request.method == "POST" else request.GET
    words = request.POST.get("q", "").strip()
    archived = asked.get("show") == "archived"
    everyone = Patient.objects.for_practice(request.practice)
    patients = everyone.filter(archived_at__isnull=not archived)
    if words:
        patients = patients.named_like(words)
    by_name = patients.order_by(Lower("last_name"), Lower("first_name"), "id")
    page = Paginator(by_name, PER_PAGE).get_page(asked.get("page"))
    today = timezone.localdate(timezone=request.practice.zone)
    ids = [patient.pk for patient in page]
    if words:
        audit.searched(request, "practice:patient-list", ids, page.paginator.count)
    else:
        audit.listed(request, "practice:patient-list", ids)
    return render(
        request,
        "practice/patient_list.html#results" if request.htmx else "practice/patient_list.html",
        {
            "page": page,
            "rows": [(patient, age_on(today, patient.birth_date)) for patient in page],
            "words": words,
            "archived": archived,
            "may_edit": request.membership.may("edit_patients"),
        },
    )


@require_GET
@allow("see")
def patient_detail(request, patient_id):
    patient = get_object_or_404(Patient.objects.for_practice(request.practice), pk=patient_id)
    before = None
    if "before" in request.GET:
        events = PatientEvent.objects.for_practice(request.practice).filter(patient=patient)
        before = get_object_or_404(events, pk=row_id(request.GET["before"]))
    audit.seen(request, patient, patient_id=patient.pk)
    shown = {
        "patient": patient,
        "before": before,
        "history": history.read(
            patient, zone=request.practice.zone, slug=request.practice.slug, before=before
        ),
    }
    if request.htmx:
        return render(request, "practice/patient_detail.html#history", shown)
    shown |= {
        "links": [
            (VENDORS[link.vendor].label, link)
            for link in patient.links.filter(unlinked_at__isnull=True).order_by("vendor", "id")
        ],
        "places": link.places(patient, request.membership) if _may_link(request, patient) else [],
        "actions": desk.patient_actions(request, patient),
        "panels": desk.patient_panels(request, patient),
        "may_edit": request.membership.may("edit_patients"),
    }
    return render(request, "practice/patient_detail.html", shown)


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_add(request):
    return _patient_form(request, Patient(practice=request.practice))


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_edit(request, patient_id):
    patients = Patient.objects.for_practice(request.practice)
    return _patient_form(request, get_object_or_404(patients, pk=patient_id))


@require_POST
@allow("edit_patients")
def patient_archive(request, patient_id):
    """Archives, and offers to undo it on the patient's page."""
    patient = get_object_or_404(Patient.objects.for_practice(request.practice), pk=patient_id)
    enrol.archive(patient, by=request.membership.name, now=timezone.now())
    return redirect("practice:patient-detail", request.practice.slug, patient.pk)


@require_POST
@allow("edit_patients")
def patient_restore(request, patient_id):
    patient = get_object_or_404(Patient.objects.for_practice(request.practice), pk=patient_id)
    if enrol.restore(patient, by=request.membership.name, now=timezone.now()):
        messages.success(request, "The patient is back among the current ones.")
    return redirect("practice:patient-detail", request.practice.slug, patient.pk)


def _patient_form(request, patient):
    """Shows the form; saves it unless someone much like the patient is here already whom
    the member has not seen and called somebody else (`not_these`, ids with commas)."""
    today = timezone.localdate(timezone=request.practice.zone)
    # The form writes into its instance, also when it refuses: the banner keeps the stored one.
    form = PatientForm(request.POST or None, instance=copy.copy(patient), today=today)
    look_alikes = []
    if form.is_valid():
        look_alikes = _look_alikes(form)
        ruled_out = request.POST.get("not_these", "").split(",")
        if all(str(other.pk) in ruled_out for other in look_alikes):
            return _save(request, form)
    if patient.pk:
        audit.seen(request, patient, patient_id=patient.pk, kind="practice:patient-edit")
    audit.listed(request, "practice:look-alikes", [other.pk for other in look_alikes])
    return render(
        request,
        "practice/patient_form.html",
        {
            "form": form,
            "patient": patient if patient.pk else None,
            "not_these": ",".join(str(other.pk) for other in look_alikes),
            "look_alikes": [(other, age_on(today, other.birth_date)) for other in look_alikes],
        },
        status=422 if form.errors else 200,
    )


def _look_alikes(form):
    if form.instance.pk and TELLING.isdisjoint(form.changed_data):
        return []
    return enrol.look_alikes(form.instance)


def _save(request, form):
    known = form.instance.pk is not None
    who_and_when = {"by": request.membership.name, "now": timezone.now()}
    if known:
        enrol.change(form.instance, form.changed_labels, **who_and_when)
    else:
        enrol.add(form.instance, **who_and_when)
    messages.success(request, "Changes saved." if known else "Patient added.")
    return redirect("practice:patient-detail", request.practice.slug, form.instance.pk)


def _may_link(request, patient) -> bool:
    return request.membership.may("sign_plans") and patient.archived_at is None
