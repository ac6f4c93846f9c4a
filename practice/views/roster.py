"""The patients of a clinician's own account at a dispensary, to be decided on one by one or many
at once. Only linking one calls the vendor."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from practice import admit, audit, connect, covering, link, read_patients, roster, tasks, tenancy
from practice.ids import row_id
from practice.middleware import opens_itself
from practice.models import Connection, Patient, PatientReading
from practice.roles import allow
from practice.roster import Group, Roster
from practice.tasking import nudge
from practice.vendors.contract import Ability, VendorError

PER_PAGE = 50
NAMED = 12  # on the page that asks once more
LONGEST_WORDS = 120


@require_http_methods(["GET", "POST"])
@allow("sign_plans")
def roster_list(request, connection_id):
    """One group of them at a time. A search is posted: no name enters an address."""
    connection = _own(request, connection_id)
    reading = read_patients.last(connection)
    if request.htmx:
        return render(request, "practice/roster_list.html#progress", _shown(connection, reading))
    listed = Roster(connection)
    if reading and reading.state == PatientReading.State.DONE:
        roster.since(listed.entries, reading.asked_at)
    counts = listed.counts()
    show = _group(request, counts)
    words = request.POST.get("q", "").strip()[:LONGEST_WORDS]
    asked = request.POST if words else request.GET
    page = Paginator(listed.of(show, words), PER_PAGE).get_page(asked.get("page"))
    _with_patients(request, page)
    _note(request, page, words)
    groups = [(group, roster.LABELS[group], counts[group]) for group in Group]
    return render(
        request,
        "practice/roster_list.html",
        _shown(connection, reading)
        | {
            "page": page,
            "show": show,
            "words": words,
            "groups": [one for one in groups if one[2] or one[0] in roster.TO_DECIDE],
            "counts": counts,
            "to_decide": sum(counts[group] for group in roster.TO_DECIDE),
            "is_empty": not listed.entries,
            "may_be_ticked": show in (Group.NEW, Group.ARCHIVED, Group.LEFT, Group.LINKED),
            "compared": {group.value for group in (Group.OURS, Group.ALIKE, Group.ARCHIVED)},
        },
    )


@require_POST
@allow("sign_plans")
def roster_read(request, connection_id):
    connection = _own(request, connection_id)
    try:
        reading = read_patients.ask(connection, request.membership, timezone.now())
    except read_patients.NotNow as reason:
        messages.warning(request, str(reason))
    else:
        nudge(tasks.read_patients_of, request.practice.pk, reading.pk)
    return redirect("practice:roster-list", request.practice.slug, connection.pk)


@require_POST
@allow("sign_plans")
def roster_add(request, connection_id):
    """Takes in one, or many once their number was confirmed."""
    connection = _own(request, connection_id)
    one = request.POST.get("row")
    words = request.POST.get("q", "").strip()[:LONGEST_WORDS]
    if one:
        ids, is_asked = [row_id(one)], False
    else:
        ids = _all_new(connection, words) if "all" in request.POST else _ticked(request)
        is_asked = str(len(ids)) != request.POST.get("confirmed")
    if not ids:
        messages.error(request, "Tick who is to be taken in. Nothing was changed.")
    elif is_asked:
        return _ask_once_more(request, connection, ids, words)
    else:
        _take_in(request, connection, ids, anyway=bool(one) and "anyway" in request.POST)
    return _back(request, connection)


@require_POST
@allow("sign_plans")
def roster_leave(request, connection_id):
    connection = _own(request, connection_id)
    left = admit.leave_out(connection, _ticked(request), by=request.membership, now=timezone.now())
    messages.success(request, f"{left} left out. They can be put back from “Left out”.")
    return _back(request, connection)


@require_POST
@allow("sign_plans")
def roster_back(request, connection_id):
    connection = _own(request, connection_id)
    done = admit.take_back(connection, _ticked(request), by=request.membership, now=timezone.now())
    said = [f"{done.reopened + done.unlinked} to be decided again."]
    if done.archived:
        said.append(f"{_patients(done.archived)} archived here.")
    if done.stays:
        said.append(f"{_patients(done.stays)} kept: something was done with them since.")
    messages.success(request, " ".join(said))
    return _back(request, connection)


@opens_itself
@allow("sign_plans")
@require_POST
def roster_link(request, connection_id):
    """Links one to a patient of ours, whom the vendor is asked for once more."""
    with tenancy.unit():
        connection = _own(request, connection_id)
        rows = roster.of_account(connection)
        row = get_object_or_404(rows, pk=row_id(request.POST.get("row", "")))
        ours = Patient.objects.for_practice(request.practice).current().select_related("practice")
        patient = get_object_or_404(ours, pk=row_id(request.POST.get("patient", "")))
    label = connection.label
    try:
        made = link.confirm(
            connection,
            patient,
            row.vendor_patient_id,
            request.membership,
            timezone.now(),
            compared="compared" in request.POST,
        )
    except link.NotLinked as reason:
        messages.error(request, str(reason))
    except VendorError as error:
        reason = error.message or f"{label} is not available now."
        messages.error(request, f"Nothing was linked. {reason}")
    else:
        nudge(tasks.leave_our_id, request.practice.pk, made.pk)
        messages.success(request, f"{patient.name} is linked at {label}.")
    return _back(request, connection)


def _take_in(request, connection, ids, anyway):
    done = admit.take_in(connection, ids, by=request.membership, now=timezone.now(), anyway=anyway)
    if done.patients:
        messages.success(request, f"{_patients(len(done.patients))} taken in and linked.")
    if done.alike:
        messages.warning(
            request,
            f"{done.alike} by now look{'s' if done.alike == 1 else ''} like one of yours. "
            "Decide on each of them.",
        )
    if done.gone:
        messages.warning(request, f"{done.gone} had been decided on meanwhile.")
    for row, problems in done.wrong[:NAMED]:
        messages.error(request, f"{row.name or 'Somebody without a name'}: {' '.join(problems)}")
    if len(done.wrong) > NAMED:
        messages.error(request, f"{len(done.wrong) - NAMED} more could not be taken in.")


def _ask_once_more(request, connection, ids, words):
    rows = list(roster.of_account(connection).filter(pk__in=ids).order_by("last_name", "pk"))
    audit.shown(
        request,
        audit.Action.VIEWED,
        kind="practice:roster-add",
        vendor_patients=[row.pk for row in rows[:NAMED]],
    )
    return render(
        request,
        "practice/roster_add.html",
        {
            "connection": connection,
            "label": connection.label,
            "count": len(ids),
            "rows": rows[:NAMED],
            "more": len(ids) - len(rows[:NAMED]),
            "ids": [] if "all" in request.POST else ids,
            "words": words,
        },
    )


def _all_new(connection, words) -> list[int]:
    found = Roster(connection).of(Group.NEW, words)
    return [entry.row.pk for entry in found[: admit.AT_ONCE]]


def _ticked(request) -> list[int]:
    one = request.POST.get("row")
    return [row_id(number) for number in ([one] if one else request.POST.getlist("rows"))]


def _own(request, connection_id) -> Connection:
    """The member's own account at a vendor that lists its patients."""
    if covering.is_restricted(request.membership):
        raise PermissionDenied(
            "Who sees only their own patients does not see a dispensary's whole list. "
            "Ask an owner of the practice."
        )
    own = Connection.objects.for_practice(request.practice).of(request.membership)
    connection = get_object_or_404(own.select_related("practice"), pk=connection_id)
    if not connect.offers(connection.vendor, Ability.PATIENT_LIST) or not connection.account_id:
        raise Http404("No such list.")
    return connection


def _group(request, counts) -> Group:
    """The one that is asked for, else the first that has somebody to decide on."""
    asked = request.POST.get("show") or request.GET.get("show")
    if asked in set(Group):
        return Group(asked)
    return next((group for group in roster.TO_DECIDE if counts[group]), Group.NEW)


def _shown(connection, reading) -> dict:
    failed = reading and reading.state == PatientReading.State.FAILED
    return {
        "connection": connection,
        "label": connection.label,
        "reading": reading,
        "is_reading": reading and reading.state in PatientReading.OPEN,
        "why": read_patients.IN_WORDS.get(reading.last_error, "") if failed else "",
    }


def _with_patients(request, page):
    ours = Patient.objects.for_practice(request.practice).select_related("practitioner")
    found = ours.in_bulk({entry.patient_id for entry in page if entry.patient_id})
    for entry in page:
        entry.patient = found.get(entry.patient_id)


def _note(request, page, words):
    """Who was shown, of ours and of theirs; the words of a search stay out."""
    seen = {
        "patients": sorted({entry.patient_id for entry in page if entry.patient_id}),
        "vendor_patients": sorted(entry.row.pk for entry in page),
    }
    kind = "practice:roster-list"
    if words:
        action, found = audit.Action.SEARCHED, {"found": page.paginator.count}
        audit.shown(request, action, kind=kind, **found, **seen)
    elif page.object_list:
        audit.shown(request, audit.Action.VIEWED, kind=kind, **seen)


def _back(request, connection):
    here = reverse("practice:roster-list", args=[request.practice.slug, connection.pk])
    shown = request.POST.get("show")
    return redirect(f"{here}?show={shown}" if shown in set(Group) else here)


def _patients(count: int) -> str:
    return f"{count:,} patient{'' if count == 1 else 's'}"
