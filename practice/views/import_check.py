"""A file of patients before anybody is added: upload, what its columns are, the check."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import columns, covering, dry_run, roster, sealing, spreadsheet, tasks
from practice.import_forms import ColumnsForm, UploadForm
from practice.import_work import NotNow
from practice.models import Membership, PatientImport, PatientImportRow
from practice.roles import allow
from practice.tasking import nudge
from practice.uploads import takes_files
from practice.views.imports import csv_answer, found_import

RECENT = 20
EXAMPLES = 3
FORM_BYTES = 64 * 1024  # the rest of the form, beside the file


@takes_files(spreadsheet.MOST_BYTES + FORM_BYTES)
@require_http_methods(["GET", "POST"])
@allow("import_patients")
def import_start(request):
    """Takes a file and keeps it. What cannot be read is said on the same page."""
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
            batch = dry_run.keep(file.name, file.read(), by=member, practitioner=whose)
        except spreadsheet.NotReadable as error:
            form.add_error("file", str(error))
        else:
            return redirect("practice:import-columns", request.practice.slug, batch.pk)
    batches = PatientImport.objects.for_practice(request.practice).select_related("uploaded_by")
    counted = batches.annotate(
        added=Count("rows", filter=Q(rows__state=PatientImportRow.State.ADDED))
    )
    return render(
        request,
        "practice/import_start.html",
        {
            "form": form,
            "batches": counted[:RECENT],
            "labels": columns.LABELS.values(),
            "accounts": roster.accounts_of(member),
        },
        status=422 if request.method == "POST" else 200,
    )


@require_GET
@allow("import_patients")
def import_template(request):
    return csv_answer("patients.csv", [columns.LABELS.values()])


@require_http_methods(["GET", "POST"])
@allow("import_patients")
def import_columns(request, import_id):
    """Asks what each column is; with an answer the check begins."""
    batch = found_import(request, import_id)
    here = redirect("practice:import-detail", request.practice.slug, batch.pk)
    if batch.state not in PatientImport.CHECKABLE:
        return here
    try:
        sheet = dry_run.sheet_of(batch)
    except sealing.CannotOpen:
        messages.error(request, "The file cannot be opened any more. Upload it again.")
        return here
    if sheet is None:
        return here
    sent = request.POST if request.method == "POST" else None
    form = ColumnsForm(sent, guessed=columns.Columns.of(batch.columns))
    if sent is not None and form.is_valid():
        try:
            dry_run.queue(batch, form.read_as)
        except NotNow as reason:
            messages.warning(request, str(reason))
        else:
            nudge(tasks.check_patients, request.practice.pk, batch.pk)
        return here
    first = [line.cells for line in sheet.lines[:EXAMPLES]]
    examples = [[cells[n] for cells in first if n < len(cells) and cells[n]] for n in range(100)]
    return render(
        request,
        "practice/import_columns.html",
        {
            "batch": batch,
            "form": form,
            "columns": list(zip(form, examples, strict=False)),
            "earlier": dry_run.earlier(batch),
        },
        status=422 if sent is not None else 200,
    )


@require_POST
@allow("import_patients")
def import_stop(request, import_id):
    """Ends a check that takes too long, or that was begun by mistake."""
    batch = found_import(request, import_id)
    try:
        dry_run.stop(batch)
    except NotNow as reason:
        messages.warning(request, str(reason))
        return redirect("practice:import-detail", request.practice.slug, batch.pk)
    messages.success(request, "The check is stopped. The file is still here.")
    return redirect("practice:import-columns", request.practice.slug, batch.pk)
