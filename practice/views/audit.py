"""The owner's view of the practice's audit trail."""

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from practice import audit, audit_export, audit_search, audit_words, tenancy
from practice.forms import time_zone_words
from practice.models import Membership, Patient
from practice.roles import allow

KIND = "practice:audit-list"
PATIENTS_SHOWN = 10
KEPT = ("lists", "person", "action", "since", "until")


@require_http_methods(["GET", "POST"])
@allow("see_audit")
def audit_list(request):
    """Newest first. A patient is searched for by a post, so that no name enters an address;
    the address then holds the patient's number."""
    asked = request.POST if request.method == "POST" else request.GET
    members = _members(request)
    form = audit_search.cleaned(request.practice, asked, members)
    shown = {
        "form": form,
        "most": audit_export.MOST,
        "zone": time_zone_words(request.practice.time_zone),
    }
    if not form.is_valid():
        return render(request, "practice/audit_list.html", shown, status=422)
    wanted = audit_search.of(form)
    kept = [(name, asked[name]) for name in KEPT if asked.get(name)]
    shown |= {"kept": kept, "query": "".join(f"{urlencode([one])}&" for one in kept)}
    shown["before"] = request.GET.get("before", "")
    words = request.POST.get("q", "").strip()
    if words:
        shown |= {"words": words, "patients": _find(request, words)}
    if wanted.patient:
        patients = Patient.objects.for_practice(request.practice)
        shown["patient"] = get_object_or_404(patients, pk=wanted.patient)
    entries, following = audit_search.page(wanted.entries(request.practice), shown["before"])
    told = audit_words.tell(entries, request.practice, members)
    seen = [number for entry in entries for number in audit_words.patients_of(entry)]
    audit.listed(request, KIND, [*seen, wanted.patient])
    return render(
        request, "practice/audit_list.html", shown | {"entries": told, "following": following}
    )


@require_POST
@allow("see_audit")
def audit_export_file(request):
    """What is filtered, as CSV. The export is an entry itself."""
    members = _members(request)
    form = audit_search.cleaned(request.practice, request.POST, members)
    if not form.is_valid():
        return redirect(KIND, request.practice.slug)
    wanted = audit_search.of(form)
    if wanted.patient:
        get_object_or_404(Patient.objects.for_practice(request.practice), pk=wanted.patient)
    count = wanted.entries(request.practice)[: audit_export.MOST].count()
    audit.shown(
        request,
        audit.Action.EXPORTED,
        patient_id=wanted.patient,
        kind=KIND,
        entries=count,
        filter=wanted.told(),
    )
    lines = audit_export.rows(
        request.practice, wanted, members, tenancy.declared(), tenancy.actor()
    )
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    day = timezone.localdate(timezone=request.practice.zone)
    name = f"audit-{request.practice.slug}-{day.isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _members(request) -> list[Membership]:
    return list(Membership.objects.for_practice(request.practice).order_by("name", "id"))


def _find(request, words) -> list[Patient]:
    """Patients of that name, archived ones too; how many were found is noted, not the words."""
    found = list(
        Patient.objects.for_practice(request.practice).named_like(words)[: PATIENTS_SHOWN + 1]
    )
    shown = found[:PATIENTS_SHOWN]
    audit.searched(request, KIND, [patient.pk for patient in shown], len(found))
    return shown
