"""Patients from a file: what became of each line, adding them, taking it back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from practice import audit, columns, dry_run, spreadsheet, take_in, tasks
from practice.ids import row_id
from practice.import_work import NotNow
from practice.models import PatientImport, PatientImportRow
from practice.roles import allow
from practice.tasking import nudge

PER_PAGE = 100
HIDES_LINES = [*PatientImport.OPEN, PatientImport.State.CHECK_FAILED]
STEPS = 4  # how often a screen reader is told how far it is
State = PatientImport.State
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


@require_GET
@allow("import_patients")
def import_detail(request, import_id):
    """The lines of the file and what became, or would become, of each."""
    batch = found_import(request, import_id)
    counts = batch.rows.aggregate(
        **{key or "all": Count("pk", filter=where) for key, (_, where) in SHOW.items()},
        chosen=Count("pk", filter=Q(state=Row.ALIKE, add_anyway=True)),
    )
    told = {
        "batch": batch,
        "counts": counts,
        "to_add": counts["ready"] + counts["chosen"],
        "progress": _progress(batch, counts),
        "said": request.GET.get("said", ""),
    }
    if request.htmx and not told["progress"]:
        return HttpResponseClientRefresh()
    if request.htmx:
        return render(request, "practice/import_detail.html#progress", told)
    told |= {
        "has_file": batch.state in PatientImport.CHECKABLE and batch.files.exists(),
        "reference": f"import-{batch.pk}",
    }
    if counts["all"] and batch.state not in HIDES_LINES:
        told |= _lines(request, batch, counts)
    return render(request, "practice/import_detail.html", told)


def _progress(batch, counts) -> dict | None:
    """How far a worker is, and `step`, at which a screen reader is told; None while none is to
    work."""
    if batch.state not in PatientImport.OPEN:
        return None
    is_check = batch.state in PatientImport.CHECKS
    done = counts["all"] if is_check else counts["added"]
    total = batch.lines if is_check else counts["ready"] + counts["chosen"] + done
    step = str(STEPS * done // total if total else 0)
    return {"is_check": is_check, "done": done, "total": total, "step": step}


def _lines(request, batch, counts) -> dict:
    """One page of the lines that are asked for."""
    show = request.GET.get("show") if request.GET.get("show") in SHOW else ""
    # Not joined: before the database has statistics of a new file, a join takes seconds.
    rows = batch.rows.filter(SHOW[show][1]).prefetch_related("patient").order_by("number")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    audit.listed(request, "practice:import-detail", [row.patient_id for row in page])
    filters = [(key, label, counts[key or "all"]) for key, (label, _) in SHOW.items()]
    return {
        "shows_lines": True,
        "fate": "What became of it" if batch.done_at else "What becomes of it",
        "filters": [choice for choice in filters if choice[2]],
        "show": show,
        "page": page,
    }


@require_POST
@allow("import_patients")
def import_choose(request, import_id):
    """Keeps which of the lines shown are added although they look like somebody."""
    batch = found_import(request, import_id, state=State.CHECKED)
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
    batch = found_import(request, import_id)
    try:
        take_in.confirm(batch, timezone.now())
    except take_in.AddedMeanwhile as found:
        messages.warning(
            request,
            f"Patients were added meanwhile, and {found} of the lines look like one of them. "
            "Decide on these first.",
        )
    except NotNow as reason:
        messages.warning(request, str(reason))
    else:
        nudge(tasks.take_in_patients, request.practice.pk, batch.pk)
    return redirect("practice:import-detail", request.practice.slug, batch.pk)


@require_POST
@allow("import_patients")
def import_discard(request, import_id):
    """Forgets a file nobody was added from."""
    batch = found_import(request, import_id)
    if dry_run.discard(batch):
        messages.success(request, "The file is discarded. Nobody was added.")
    return redirect("practice:import-start", request.practice.slug)


@require_POST
@allow("import_patients")
def import_undo(request, import_id):
    batch = found_import(request, import_id)
    try:
        archived, left = take_in.undo(batch, by=request.membership, now=timezone.now())
    except NotNow as reason:
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
    batch = found_import(request, import_id)
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
    return csv_answer(f"import-{batch.pk}.csv", [heading, *lines])


def found_import(request, import_id, **where):
    batches = PatientImport.objects.for_practice(request.practice)
    return get_object_or_404(
        batches.select_related("uploaded_by", "practitioner"), pk=import_id, **where
    )


def csv_answer(name, rows):
    # The mark in front tells spreadsheets that it is UTF-8.
    answer = HttpResponse("\ufeff" + spreadsheet.write(rows), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
