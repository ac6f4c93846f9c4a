"""Patients: the list, one patient, and the forms."""

import copy

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit, covering, desk, duplicates, enrol, history, known_there, link, merge
from practice.ages import age_on
from practice.forms import PatientForm
from practice.ids import row_id
from practice.models import Membership, Patient, PatientEvent
from practice.roles import allow
from practice.vendors.registry import VENDORS

PER_PAGE = 50
# Changing one of these may make a patient look like another one.
TELLING = {"first_name", "last_name", "birth_date", "email", "phone"}
ELSEWHERE = "colleagues"  # stands in `not_these` for those the member may not see


@require_http_methods(["GET", "POST"])
@allow("see")
def patient_list(request):
    """Patients by name. A search is posted, so that no name enters an address or a log."""
    asked = request.POST if request.method == "POST" else request.GET
    words = request.POST.get("q", "").strip()
    archived = asked.get("show") == "archived"
    whose = asked.get("practitioner", "")
    everyone = Patient.objects.for_practice(request.practice).standing()
    patients = of_practitioner(everyone.filter(archived_at__isnull=not archived), whose)
    if words:
        patients = patients.named_like(words)
    by_name = patients.order_by(Lower("last_name"), Lower("first_name"), "id")
    page = Paginator(by_name.select_related("practitioner"), PER_PAGE).get_page(asked.get("page"))
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
            "whose": whose,
            "practitioners": () if request.htmx else clinicians(request),
            "sees_all": not covering.is_restricted(request.membership),
            "may_edit": request.membership.may("edit_patients"),
            "may_import": request.membership.may("import_patients"),
        },
    )


def clinicians(request):
    """Those whose patients a list may be narrowed to; none for who sees their own only."""
    if covering.is_restricted(request.membership):
        return ()
    return Membership.objects.for_practice(request.practice).clinicians()


def of_practitioner(patients, whose: str):
    """Narrowed to a practitioner's id, to "none", or not at all with ''."""
    if not whose:
        return patients
    if whose == "none":
        return patients.filter(practitioner__isnull=True)
    return patients.filter(practitioner=row_id(whose))


@require_GET
@allow("see")
def patient_detail(request, patient_id):
    ours = Patient.objects.for_practice(request.practice).select_related("practitioner")
    ours = ours.annotate(was_merged=Exists(merge.of(OuterRef("pk"))))
    patient = get_object_or_404(ours, pk=patient_id)
    if patient.merged_into_id:
        messages.info(request, "This record was merged into the one shown here.")
        return redirect("practice:patient-detail", request.practice.slug, patient.merged_into_id)
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
    links = list(link.current(patient).order_by("vendor", "id"))
    shown |= {
        "links": [(VENDORS[held.vendor].label, held) for held in links],
        "news": [
            (VENDORS[held.vendor], row.changed_at, differing)
            for held, row, differing in known_there.news(links)
        ],
        "places": link.places(patient, request.membership) if _may_link(request, patient) else [],
        "actions": desk.patient_actions(request, patient),
        "panels": desk.patient_panels(request, patient),
        "around": duplicates.around(patient),
        "merges": list(merge.of(patient)) if patient.was_merged else [],
        "may_edit": request.membership.may("edit_patients"),
        "may_see_audit": request.membership.may("see_audit"),
    }
    return render(request, "practice/patient_detail.html", shown)


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_add(request):
    """A clinician's new patients are theirs unless they say otherwise; for one who sees only
    their own there is nothing to say."""
    own = request.membership if request.membership.is_clinician else None
    return _patient_form(request, Patient(practice=request.practice, practitioner=own))


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_edit(request, patient_id):
    return _patient_form(request, _held(request, patient_id))


@require_POST
@allow("edit_patients")
def patient_archive(request, patient_id):
    """Archives, and offers to undo it on the patient's page."""
    patient = _held(request, patient_id)
    enrol.archive(patient, by=request.membership.name, now=timezone.now())
    return redirect("practice:patient-detail", request.practice.slug, patient.pk)


@require_POST
@allow("edit_patients")
def patient_restore(request, patient_id):
    patient = _held(request, patient_id)
    if enrol.restore(patient, by=request.membership.name, now=timezone.now()):
        messages.success(request, "The patient is back among the current ones.")
    return redirect("practice:patient-detail", request.practice.slug, patient.pk)


def _held(request, patient_id):
    """A patient who was not merged into another, held while the request changes something."""
    patients = Patient.objects.for_practice(request.practice).standing()
    return get_object_or_404(
        patients.held() if request.method == "POST" else patients, pk=patient_id
    )


def _patient_form(request, patient):
    """Shows the form; saves it unless someone much like the patient is here already whom
    the member has not seen and called somebody else (`not_these`, ids with commas)."""
    today = timezone.localdate(timezone=request.practice.zone)
    # The form writes into its instance, also when it refuses: the banner keeps the stored one.
    form = PatientForm(
        request.POST or None,
        instance=copy.copy(patient),
        today=today,
        practitioners=enrol.practitioners(request.membership, patient),
    )
    look_alikes, elsewhere = [], False
    if form.is_valid():
        look_alikes, elsewhere = _look_alikes(request, form)
        ruled_out = request.POST.get("not_these", "").split(",")
        if all(key in ruled_out for key in _keys(look_alikes, elsewhere)):
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
            "not_these": ",".join(_keys(look_alikes, elsewhere)),
            "look_alikes": [(other, age_on(today, other.birth_date)) for other in look_alikes],
            "elsewhere": elsewhere,
        },
        status=422 if form.errors else 200,
    )


def _look_alikes(request, form):
    """Those the member may see, and whether there is one whom they may not."""
    if form.instance.pk and TELLING.isdisjoint(form.changed_data):
        return [], False
    elsewhere = enrol.is_known_to_colleagues(form.instance, request.membership)
    if elsewhere:
        audit.shown(request, audit.Action.SEARCHED, kind="practice:known-to-colleagues")
    return enrol.look_alikes(form.instance), elsewhere


def _keys(look_alikes, elsewhere):
    return [*(str(other.pk) for other in look_alikes), *([ELSEWHERE] if elsewhere else [])]


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
