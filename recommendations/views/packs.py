"""Packs of the builder: pills by time of day."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from practice import audit
from practice.roles import allow
from recommendations import board, edit, lines, offers, packs
from recommendations.lines import PackValues
from recommendations.models import Plan
from recommendations.views import builder
from recommendations.views.builder import Conflict, everything, refused
from recommendations.views.drafts import on_draft, posted_id


@on_draft
def pack_add(request, plan):
    """An empty pack of the chosen product."""
    offered = packs.products(request.practice, plan.clinician)
    product = next((p for p in offered if p.key == request.POST.get("product")), None)
    if product is None:
        return refused(request, plan, "This pack cannot be ordered by this clinician.")
    pack = packs.make(plan, product)
    return everything(request, plan, focus=f"{board.pack_base(pack)}-q")


@on_draft
def pack_edit(request, plan, pack_id):
    """Saves a pack's name, numbers and notes."""
    pack = _pack(plan, pack_id)
    form = board.pack_form(pack, request.POST)
    conflict = None
    if form.is_valid():
        try:
            wanted = PackValues.cleaned(form.cleaned_data)
            edit.change_pack(pack, wanted, request.POST.get("mark", ""))
        except edit.Stale as stale:
            conflict = Conflict(stale.current.in_words, lines.mark(stale.current))
    good = form.is_valid() and not conflict
    entry = board.pack_line(_pack(plan, pack_id), form)
    if request.htmx:
        shown = {
            "plan": plan,
            "entry": entry,
            "saved": good,
            "conflict": conflict,
            "may_edit": True,
            "oob": True,
        }
        status = 200 if good else 422
        return render(request, "recommendations/_pack_saved.html", shown, status=status)
    if good:
        messages.success(request, "Saved.")
        return everything(request, plan, focus=entry.base)
    return builder.page(
        request, plan, status=422, replaced=entry, conflict=conflict, conflict_base=entry.base
    )


@on_draft
def pack_remove(request, plan, pack_id):
    """Takes a pack off and offers to undo it."""
    pack = _pack(plan, pack_id)
    removed = {"name": pack.name, "token": edit.remove(pack)}
    return everything(request, plan, removed=removed, focus="q")


@require_GET
@allow("draft_plans")
def pill_search(request, plan_id, pack_id):
    """The pills that this pack's vendor packs, for some words."""
    plans = Plan.objects.for_practice(request.practice).select_related("clinician")
    plan = get_object_or_404(plans, pk=plan_id)
    pack = _pack(plan, pack_id)
    audit.seen(request, plan, patient_id=plan.patient_id)
    words = request.GET.get("q", "").strip()
    shown = {
        "plan": plan,
        "pack": pack,
        "words": words,
        "pills": offers.pills(plan, pack.listing_vendor, words) if words else [],
        "held": {pill.listing_id for pill in pack.pills.all()},
    }
    return render(request, "recommendations/_pills.html", shown)


@on_draft
def pill_add(request, plan, pack_id):
    pack = _pack(plan, pack_id)
    listing = get_object_or_404(edit.orderable(plan), pk=posted_id(request, "listing"))
    try:
        packs.add_pill(pack, listing)
    except packs.NotAPill as reason:
        return refused(request, plan, str(reason))
    except edit.AlreadyThere:
        return refused(
            request,
            plan,
            f"{listing.name} is already in this pack. Change how many go into a packet.",
            focus=board.pack_base(pack),
        )
    return everything(request, plan, focus=f"{board.pack_base(pack)}-q")


@on_draft
def pill_remove(request, plan, pack_id):
    pack = _pack(plan, pack_id)
    packs.remove_pill(pack, posted_id(request, "listing"))
    return everything(request, plan, focus=board.pack_base(pack))


def _pack(plan, pack_id):
    return get_object_or_404(board.pack_rows(plan), pk=pack_id)
