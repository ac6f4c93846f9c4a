"""Reusable plans: their list, what a vendor keeps of them, and starting a plan with one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import audit, rights, tenancy
from practice.ids import row_id
from practice.middleware import opens_itself
from practice.models import Patient
from practice.roles import allow
from practice.tasking import nudge
from practice.vendors import registry
from practice.vendors.contract import Origin, VendorError
from recommendations import edit, protocols, tasks
from recommendations.models import Plan, Protocol
from recommendations.views import builder
from recommendations.views.drafts import on_draft

PER_PAGE = 50
FOUND = 12
DRAFTS = 12
ORIGINS = {
    Origin.OWN: "Your own",
    Origin.SHARED: "Shared with you",
    Origin.VENDOR: "{label}'s",
}


@require_GET
@allow("see")
def protocol_list(request):
    """Those this member may use, by name."""
    words = request.GET.get("q", "").strip()[:120]
    found = protocols.usable_by(request.membership)
    if words:
        found = found.filter(name__icontains=words)
    page = Paginator(found.order_by("name", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "recommendations/protocol_list.html",
        {"page": page, "words": words, "sources": _sources(request)},
    )


@opens_itself
@require_http_methods(["GET", "POST"])
@allow("connect_own_account")
def protocol_take_in(request, vendor):
    """What the member's own account shows there, a page at a time, to tick."""
    with tenancy.unit():
        sources = {one.vendor: one for one in protocols.sources(request.membership)}
        connection = sources.get(vendor)
    if connection is None:
        raise Http404("No protocols there.")
    if request.method == "POST":
        return _asked_for(request, connection)
    choices = protocols.origins(connection)
    origin = next((one for one in choices if one == request.GET.get("from")), choices[0])
    number = max(1, row_id(request.GET.get("page", "1")))
    shown = {
        "label": connection.label,
        "vendor": vendor,
        "origin": origin,
        "origins": [(one, ORIGINS[one].format(label=connection.label)) for one in choices],
        "number": number,
    }
    try:
        shown["found"] = found = protocols.listed(connection, origin, number)
    except VendorError as error:
        shown |= {"error": rights.explain(error), "reference": error.request_id}
        return render(request, "recommendations/protocol_take_in.html", shown, status=503)
    with tenancy.unit():
        here = Protocol.objects.for_practice(request.practice).filter(
            vendor=vendor, vendor_protocol_id__in=[row.id for row in found.rows]
        )
        held = {row.vendor_protocol_id: row for row in here}
    mine = request.membership.pk
    shown["rows"] = [
        (row, held.get(row.id), row.id in held and held[row.id].owner_id not in (None, mine))
        for row in found.rows
    ]
    return render(request, "recommendations/protocol_take_in.html", shown)


def _asked_for(request, connection):
    chosen = {
        number: request.POST.get(f"name-{number}", "").strip() or number
        for number in (one[:120] for one in request.POST.getlist("protocol"))
        if number
    }
    if not chosen:
        messages.error(request, "Tick the protocols to take in first.")
        return redirect(request.get_full_path())
    everybody = request.POST.get("for") == "everybody"
    with tenancy.unit():
        who_and_when = (request.membership, chosen, timezone.now())
        asked = protocols.ask_for(connection, *who_and_when, everybody=everybody)
    for protocol in asked:
        nudge(tasks.take_in_protocol, protocol.practice_id, protocol.pk)
    count = f"{len(asked)} protocol{'' if len(asked) == 1 else 's'}"
    messages.success(request, f"Taking in {count}. They are ready in a moment.")
    return redirect("protocols:protocol-list", request.practice.slug)


@require_http_methods(["GET", "POST"])
@allow("see")
def protocol_detail(request, protocol_id):
    """Its lines in words, and a patient to start a plan for. The search is posted: no name
    enters an address."""
    protocol = _mine(request, protocol_id)
    words = request.POST.get("q", "").strip()[:120]
    may_draft = request.membership.may("draft_plans")
    patients, drafts = [], []
    if may_draft:
        drafts = list(_drafts(request)[:DRAFTS])
    if words and may_draft:
        found = Patient.objects.for_practice(request.practice).current().named_like(words)
        patients = list(found.order_by("last_name", "first_name", "pk")[:FOUND])
        audit.searched(
            request, "protocols:protocol-detail", [one.pk for one in patients], len(patients)
        )
    elif drafts:
        audit.listed(request, "protocols:protocol-detail", [one.patient_id for one in drafts])
    return render(
        request,
        "recommendations/protocol_detail.html",
        {
            "protocol": protocol,
            "lines": protocols.lines(protocol),
            "vendor": registry.VENDORS.get(protocol.vendor),
            "can_be_read": protocol.vendor in {one.vendor for one in _sources(request)},
            "words": words,
            "patients": patients,
            "drafts": drafts,
            "may_draft": may_draft,
            "may_archive": _may_archive(request, protocol),
        },
    )


@require_POST
@allow("draft_plans")
def protocol_start(request, protocol_id):
    """Its lines on a new draft for a patient, or on an open one."""
    protocol = _mine(request, protocol_id)
    slug = request.practice.slug
    if "plan" in request.POST:
        drafts = _drafts(request).select_for_update(of=["self"])
        plan = get_object_or_404(drafts, pk=row_id(request.POST["plan"]))
    else:
        patients = Patient.objects.for_practice(request.practice).current().held()
        patient = get_object_or_404(patients, pk=row_id(request.POST.get("patient", "")))
        if not request.membership.is_clinician:
            messages.info(request, f"Start the plan, then add “{protocol.name}” from its page.")
            return redirect("recommendations:plan-start", slug, patient.pk)
        plan = edit.start(patient, request.membership, by=request.membership, now=timezone.now())
    added = protocols.add_to(plan, protocol)
    messages.success(request, protocols.in_words(protocol, added))
    return redirect("recommendations:plan-detail", slug, plan.pk)


@require_POST
@allow("connect_own_account")
def protocol_again(request, protocol_id):
    """Reads it once more from where it came, over what stands here."""
    protocol = _mine(request, protocol_id)
    source = next((one for one in _sources(request) if one.vendor == protocol.vendor), None)
    if source is None or not protocol.vendor_protocol_id:
        raise Http404("It came from nowhere.")
    chosen = {protocol.vendor_protocol_id: protocol.name}
    now = timezone.now()
    protocols.ask_for(source, request.membership, chosen, now, everybody=not protocol.owner_id)
    nudge(tasks.take_in_protocol, protocol.practice_id, protocol.pk)
    messages.success(request, f"Reading “{protocol.name}” from {source.label} again.")
    return redirect("protocols:protocol-detail", request.practice.slug, protocol.pk)


@require_POST
@allow("draft_plans")
def protocol_archive(request, protocol_id):
    protocol = _mine(request, protocol_id)
    if not _may_archive(request, protocol):
        raise Http404("Not theirs.")
    protocols.archive(protocol, timezone.now())
    messages.success(request, f"“{protocol.name}” is archived. No plan changes by it.")
    return redirect("protocols:protocol-list", request.practice.slug)


@on_draft
def protocol_add(request, plan):
    """From the builder: the lines that the draft does not have yet."""
    found = protocols.usable_by(request.membership)
    protocol = get_object_or_404(found, pk=row_id(request.POST.get("protocol", "")))
    added = protocols.add_to(plan, protocol)
    if not added.items and not added.brought_message:
        return builder.refused(request, plan, protocols.in_words(protocol, added))
    message = protocol.message if added.brought_message else ""
    undo = {
        "words": protocols.in_words(protocol, added),
        "token": edit.remember(plan, added.items, message),
    }
    return builder.page(request, plan, added=undo)


@on_draft
def protocol_undo(request, plan):
    """Takes off again what a protocol brought, but for what was changed since."""
    try:
        kept = edit.take_back(plan, request.POST.get("added", ""))
    except edit.CannotRestore as reason:
        return builder.refused(request, plan, str(reason))
    if kept:
        words = ", ".join(kept)
        messages.warning(request, f"Changed since, and left on the plan: {words}.")
    return redirect("recommendations:plan-detail", request.practice.slug, plan.pk)


def _mine(request, protocol_id) -> Protocol:
    return get_object_or_404(protocols.usable_by(request.membership), pk=protocol_id)


def _sources(request):
    if not request.membership.may("connect_own_account"):
        return []
    return protocols.sources(request.membership)


def _drafts(request):
    plans = Plan.objects.for_practice(request.practice).filter(state=Plan.State.DRAFT)
    if request.membership.is_clinician:
        plans = plans.filter(clinician=request.membership)
    return plans.select_related("patient", "clinician")


def _may_archive(request, protocol) -> bool:
    own = protocol.owner_id in (None, request.membership.pk)
    return own and request.membership.may("draft_plans")
