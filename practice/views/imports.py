"""Patients from a file: upload, dry run, adding them, taking it back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit, columns, covering, dry_run, spreadsheet, take_in, tasks
from practice.forms import UploadForm
from practice.ids import row_id
from practice.models import Membership, PatientImport, PatientImportRow
from practice.roles import allow
from practice.tasking import nudge
from practice.uploads import takes_files

PER_PAGE = 100
RECENT = 20
FORM_BYTES = 64 * 1024  # the rest of the form, beside the file
Row = PatientImportRow.State
SHOW = {
    "": ("All lines", Q()),
    "ready": ("New", Q(state=Row.READY)),
    "alike": ("Here already?", Q(state=Row.ALIKE)),
    "wrong": ("Cannot be taken in", Q(state=Row.WRONG)),
    "added": ("Added", Q(state=Row.ADDED)),
    "skipped": ("Left out", Q(state=Row.SKIPPED)),
    "taken_back": ("Taken back", Q(state=Row.TAKEN_BACK)),
}


@takes_files(spreadsheet.MOST_BYTES + FORM_BYTES)
@require_http_methods(["GET", "POST"])
@allow("import_patients")
def import_start(request):
    """Takes a file and checks it. What cannot be read is said on the same page."""
    member = request.membership
    clinicians = Membership.objects.for_practice(request.practice).clinicians()
    if covering.is_restricted(member):
        clinicians = None
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, practitioners=clinicians)
    if not sent:
        form.initial = {"practitioner": member.pk if member.is_clinician else None}
    elif form.is_valid():
        file = form.cleaned_data["file"]
        whose = form.cleaned_data["practitioner"] if clinicians is not None else member
        try:
            batch = dry_run.check(file.name, file.read(), by=member, practitioner=whose)
        except spreadsheet.NotReadable as error:
            form.add_error("file", str(error))
        else:
            return redirect("practice:import-detail", request.practice.slug, batch.pk)
    batches = PatientImport.objects.for_practice(request.practice).select_related("uploaded_by")
    counted = batches.annotate(added=Count("rows", filter=Q(rows__state=Row.ADDED)))
    return render(
        request,
        "practice/import_start.html",
        {"form": form, "batches": counted[:RECENT], "labels": columns.LABELS.values()},
        status=422 if request.method == "POST" else 200,
    )


@require_GET
@allow("import_patients")
def import_template(request):
    return _csv("patients.csv", [columns.LABELS.values()])


@require_GET
@allow("import_patients")
def import_detail(request, import_id):
    """The lines of the file and what became, or would become, of each."""
    batch = _batch(request, import_id)
    counts = batch.rows.aggregate(
        **{key or "all": Count("pk", filter=where) for key, (_, where) in SHOW.items()},
        chosen=Count("pk", filter=Q(state=Row.ALIKE, add_anyway=True)),
    )
    show = request.GET.get("show") if request.GET.get("show") in SHOW else ""
    rows = batch.rows.filter(SHOW[show][1]).select_related("patient").order_by("number")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    if not request.htmx:
        audit.listed(request, "practice:import-detail", [row.patient_id for row in page])
    to_add = counts["ready"] + counts["chosen"]
    return render(
        request,
        f"practice/import_detail.html{'#progress' if request.htmx else ''}",
        {
            "batch": batch,
            "counts": counts,
            "filters": [
                (key, label, counts[key or "all"])
                for key, (label, _) in SHOW.items()
                if counts[key or "all"]
            ],
            "show": show,
            "page": page,
            "to_add": to_add,
            "total": to_add + counts["added"],
            "is_open": batch.state in PatientImport.OPEN,
        },
    )


@require_POST
@allow("import_patients")
def import_choose(request, import_id):
    """Keeps which of the lines shown are added although they look like somebody."""
    batch = _batch(request, import_id, state=PatientImport.State.CHECKED)
    shown = [row_id(number) for number in request.POST.getlist("shown")]
    ticked = [row_id(number) for number in request.POST.getlist("add")]
    alike = batch.rows.filter(state=Row.ALIKE, number__in=shown)
    alike.update(add_anyway=False)
    alike.filter(number__in=ticked).update(add_anyway=True)
    messages.success(request, "Your choices are saved. Nobody has been added yet.")
    return redirect("practice:import-detail", request.practice.slug, batch.pk)


@require_POST
@allow("import_patients")
def import_confirm(request, import_id):
    batch = _batch(request, import_id)
    try:
        take_in.confirm(batch, timezone.now())
    except take_in.AddedMeanwhile as found:
        messages.warning(
            request,
            f"Patients were added meanwhile, and {found} of the lines look like one of them. "
            "Decide on these first.",
        )
    except take_in.NotNow as reason:
        messages.warning(request, str(reason))
    else:
        nudge(tasks.take_in_patients, request.practice.pk, batch.pk)
    return redirect("practice:import-detail", request.practice.slug, batch.pk)


@require_POST
@allow("import_patients")
def import_discard(request, import_id):
    """Forgets a file nobody was added from."""
    state = PatientImport.State
    batch = _batch(request, import_id)
    hit = PatientImport.objects.filter(pk=batch.pk, state=state.CHECKED).update(
        state=state.DISCARDED
    )
    if hit:
        batch.rows.all().delete()
        messages.success(request, "The file is discarded. Nobody was added.")
    return redirect("practice:import-start", request.practice.slug)


@require_POST
@allow("import_patients")
def import_undo(request, import_id):
    batch = _batch(request, import_id)
    try:
        archived, left = take_in.undo(batch, by=request.membership, now=timezone.now())
    except take_in.NotNow as reason:
        messages.warning(request, str(reason))
    else:
        words = f"{archived} patient{'' if archived == 1 else 's'} archived."
        if left:
            words += f" {left} stay{'s' if left == 1 else ''}: something was done with them since."
        messages.success(request, words)
    return redirect("practice:import-detail", request.practice.slug, batch.pk)


@require_GET
@allow("import_patients")
def import_report(request, import_id):
    """Every line and what became of it, as CSV."""
    batch = _batch(request, import_id)
    rows = list(batch.rows.order_by("number"))
    audit.shown(
        request,
        audit.Action.EXPORTED,
        batch,
        kind="practice:import-report",
        patients=[row.patient_id for row in rows if row.state == Row.ADDED],
    )
    heading = ["Line", "What became of it", "Why", "Record", *columns.LABELS.values()]
    lines = [
        [
            row.number,
            row.get_state_display(),
            " ".join(row.problems),
            row.patient_id,
            *(row.values.get(field, "") for field in columns.LABELS),
        ]
        for row in rows
    ]
    return _csv(f"import-{batch.pk}.csv", [heading, *lines])


def _batch(request, import_id, **where):
    batches = PatientImport.objects.for_practice(request.practice)
    return get_object_or_404(
        batches.select_related("uploaded_by", "practitioner"), pk=import_id, **where
    )


def _csv(name, rows):
    # The mark in front tells spreadsheets that it is UTF-8.
    answer = HttpResponse("\ufeff" + spreadsheet.write(rows), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
