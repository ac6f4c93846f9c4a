"""Merging two records of one person, and undoing it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit, belongings, merge, merge_values, unmerge
from practice.ages import age_on
from practice.models import Patient, PatientMerge
from practice.roles import allow
from practice.vendors.registry import VENDORS

SHOWN = 20


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_merge_choose(request, patient_id):
    """Looks for the other record. A search is posted: no name enters an address."""
    ours = Patient.objects.for_practice(request.practice).standing()
    patient = get_object_or_404(ours, pk=patient_id)
    words = request.POST.get("q", "").strip()
    found = list(ours.named_like(words).exclude(pk=patient.pk)[:SHOWN]) if words else []
    if words:
        ids = [other.pk for other in found]
        audit.searched(request, "practice:patient-merge-choose", ids, len(ids))
    audit.seen(request, patient, patient_id=patient.pk, kind="practice:patient-merge-choose")
    today = timezone.localdate(timezone=request.practice.zone)
    return render(
        request,
        "practice/patient_merge_choose.html",
        {
            "patient": patient,
            "words": words,
            "found": [(other, age_on(today, other.birth_date)) for other in found],
        },
    )


@require_http_methods(["GET", "POST"])
@allow("edit_patients")
def patient_merge(request, patient_id, other_id):
    """Both side by side; a post merges them."""
    ours = Patient.objects.for_practice(request.practice).select_related("practitioner")
    one = get_object_or_404(ours, pk=patient_id)
    other = get_object_or_404(ours, pk=other_id)
    if other.merged_into_id == one.pk or one.merged_into_id == other.pk:
        messages.info(request, "These two were merged already.")
        kept_id = one.merged_into_id or other.merged_into_id
        return redirect("practice:patient-detail", request.practice.slug, kept_id)
    error = ""
    if request.method == "POST":
        kept, merged = (other, one) if request.POST.get("keep") == str(other.pk) else (one, other)
        try:
            made = merge.merge(
                kept,
                merged,
                {key: request.POST.get(key, "") for key in merge_values.FIELDS},
                shown=request.POST.get("shown", ""),
                by=request.membership,
                now=timezone.now(),
            )
        except merge.NotMerged as refusal:
            error = str(refusal)
            one, other = ours.get(pk=one.pk), ours.get(pk=other.pk)
        else:
            messages.success(request, "Merged. It can be undone below, under “Merged records”.")
            return redirect("practice:patient-detail", request.practice.slug, made.kept_id)
    return _side_by_side(request, one, other, error)


def _side_by_side(request, one, other, error):
    keeping = merge_values.likely_to_keep(one, other)
    audit.seen(
        request,
        one,
        patient_id=one.pk,
        kind="practice:patient-merge",
        patients=[one.pk, other.pk],
    )
    is_same = one.pk == other.pk
    return render(
        request,
        "practice/patient_merge.html",
        {
            "one": one,
            "other": other,
            "pair": (one, other),
            "keeping": keeping,
            "lines": [] if is_same else merge_values.lines(one, other, keeping),
            "belongings": belongings.counts(one.pk, other.pk),
            "shown": merge.seen(one, other),
            "error": "A record cannot be merged with itself." if is_same else error,
            "is_same": is_same,
        },
        status=422 if error or is_same else 200,
    )


@require_GET
@allow("see")
def merge_detail(request, merge_id):
    made = _merge(request, merge_id)
    audit.seen(request, made, patient_id=made.kept_id)
    known = belongings.by_key()
    moved = [(known[key].words, len(ids)) for key, ids in made.moved.items() if key in known]
    left = made.left or {}
    return render(
        request,
        "practice/merge_detail.html",
        {
            "merge": made,
            "patient": made.kept,
            "moved": moved,
            "taken": list(dict.fromkeys(map(merge_values.label_of, made.taken))),
            "left": left,
            "left_links": [VENDORS[vendor].label for vendor in left.get("links", [])],
            "may_undo": not made.undone_at and request.membership.may("edit_patients"),
        },
    )


@require_POST
@allow("edit_patients")
def merge_undo(request, merge_id):
    made = _merge(request, merge_id)
    try:
        unmerge.undo(made, by=request.membership, now=timezone.now())
    except merge.NotMerged as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The merge is undone. What could not go back is named below.")
    return redirect("practice:merge-detail", request.practice.slug, made.pk)


def _merge(request, merge_id):
    merges = PatientMerge.objects.for_practice(request.practice)
    return get_object_or_404(merges.select_related("kept", "merged"), pk=merge_id)
