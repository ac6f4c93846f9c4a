"""The builder: a draft's page and every change of its lines.

Each change answers three ways: htmx gets the parts of the page that moved; a browser alone
is led back to the page; what was refused comes back with what was typed (422).
"""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from practice import audit
from practice.roles import allow
from practice.vendors.contract import Kind
from recommendations import board, edit, lines, offers, packs, protocols, take_over
from recommendations.forms import ItemForm
from recommendations.lines import ItemValues, MessageValues
from recommendations.models import Plan, PlanItem
from recommendations.views.drafts import go, on_draft, posted_id


@dataclass(frozen=True)
class Conflict:
    """A save that met somebody else's. `theirs` stands; `mark` lets the editor choose."""

    theirs: str
    mark: str


def page(request, plan, *, status=200, **shown):
    """The whole builder. Without JavaScript every answer is this page."""
    audit.seen(request, plan, patient_id=plan.patient_id)
    replaced = shown.pop("replaced", None)
    words = request.GET.get("q", "").strip()
    shown = (
        _common(request, plan)
        | {
            "board": board.Board(plan, replaced),
            "pack_products": packs.products(request.practice, plan.clinician),
            "message_form": shown.get("message_form") or board.message_form(plan),
            "message_mark": lines.mark(MessageValues.of(plan)),
            "words": words,
            "found": offers.find(plan, words) if words else [],
            "protocols": protocols.usable_by(request.membership).order_by("name", "pk"),
        }
        | shown
    )
    return render(request, "recommendations/plan_build.html", shown, status=status)


@require_GET
@allow("draft_plans")
def plan_search(request, plan_id):
    """The offers for some words, as htmx shows them under the search box."""
    plan = get_object_or_404(
        Plan.objects.for_practice(request.practice).select_related("clinician"), pk=plan_id
    )
    audit.seen(request, plan, patient_id=plan.patient_id)
    words = request.GET.get("q", "").strip()
    shown = _common(request, plan) | {
        "words": words,
        "found": offers.find(plan, words) if words else [],
        "listing_ids": set(plan.items.values_list("listing_id", flat=True)),
    }
    return render(request, "recommendations/_offers.html", shown)


@on_draft
def item_add(request, plan):
    listing = get_object_or_404(edit.orderable(plan), pk=posted_id(request, "listing"))
    if listing.retired_at is not None:
        return refused(request, plan, f"{listing.name} is no longer offered. Search again.")
    if listing.kind != Kind.BOTTLE:
        return refused(request, plan, f"{listing.name} goes into packets: add it to a pack.")
    try:
        item = edit.add(plan, listing)
    except edit.AlreadyThere as there:
        return refused(
            request,
            plan,
            f"{listing.name} is already on the plan. Change the number of bottles there.",
            focus=board.item_base(there.row),
        )
    return added(request, plan, item)


@on_draft
def item_restore(request, plan):
    """Undo of a removal."""
    try:
        row = edit.restore(plan, request.POST.get("removed", ""))
    except edit.CannotRestore as reason:
        return refused(request, plan, str(reason))
    except edit.AlreadyThere as there:
        return refused(
            request,
            plan,
            "It is on the plan again already.",
            focus=board.item_base(there.row),
        )
    base = board.item_base(row) if isinstance(row, PlanItem) else board.pack_base(row)
    return everything(request, plan, focus=base)


@on_draft
def item_edit(request, plan, item_id):
    item = _item(plan, item_id)
    form = ItemForm(request.POST, base=board.item_base(item))
    conflict = None
    if form.is_valid():
        try:
            edit.change(item, ItemValues.cleaned(form.cleaned_data), request.POST.get("mark", ""))
        except edit.Stale as stale:
            conflict = Conflict(stale.current.in_words, lines.mark(stale.current))
    refused_form = None if form.is_valid() and not conflict else form
    status = 422 if refused_form else 200
    if request.htmx:
        shown = board.Board(plan)
        entry = next(entry for entry in shown.lines if entry.item.pk == item.pk)
        entry.form = form
        return render(
            request,
            "recommendations/_line_saved.html",
            _common(request, plan)
            | {
                "board": shown,
                "line": entry,
                "saved": not refused_form,
                "conflict": conflict,
                "oob": True,
            },
            status=status,
        )
    if not refused_form:
        messages.success(request, "Saved.")
        return go(request, _home(request, plan, board.item_base(item)))
    entry = board.line(_item(plan, item_id), form)
    return page(
        request,
        plan,
        status=status,
        replaced=entry,
        conflict=conflict,
        conflict_base=entry.base,
        focus=entry.base,
    )


@on_draft
def item_remove(request, plan, item_id):
    """Takes a line off and offers to undo it."""
    item = _item(plan, item_id)
    following = board.items(plan).filter(position__gt=item.position).first()
    removed = {"name": item.listing.name, "token": edit.remove(item)}
    focus = board.item_base(following) if following else "q"
    return everything(request, plan, removed=removed, focus=focus)


@on_draft
def plan_message(request, plan):
    form = board.message_form(plan, request.POST)
    conflict = None
    if form.is_valid():
        try:
            edit.say(plan, MessageValues(**form.cleaned_data), request.POST.get("mark", ""))
        except edit.Stale as stale:
            conflict = Conflict(stale.current.in_words, lines.mark(stale.current))
    good = form.is_valid() and not conflict
    shown = {
        "message_form": form,
        "message_mark": lines.mark(MessageValues.of(plan)),
        "conflict": conflict,
        "conflict_base": "plan",
    }
    status = 200 if good else 422
    if request.htmx:
        shown |= _common(request, plan) | {"saved": good, "oob": True}
        return render(request, "recommendations/_message_saved.html", shown, status=status)
    if good:
        messages.success(request, "Saved.")
        return go(request, _home(request, plan, "message-form"))
    return page(request, plan, status=status, **shown)


def added(request, plan, item):
    """The new line for htmx, and what it changes round it."""
    if not request.htmx:
        messages.success(request, f"{item.listing.name} added.")
        return go(request, _home(request, plan, board.item_base(item)))
    shown = board.Board(plan)
    entry = next(entry for entry in shown.lines if entry.item.pk == item.pk)
    return render(
        request,
        "recommendations/_line_added.html",
        _common(request, plan) | {"board": shown, "line": entry, "oob": True},
    )


def everything(request, plan, *, removed=None, focus=""):
    """All lines anew, after something came or went."""
    if not request.htmx and removed is None:
        return go(request, _home(request, plan, focus))
    if not request.htmx:
        return page(request, plan, removed=removed)
    shown = _common(request, plan) | {
        "board": board.Board(plan),
        "pack_products": packs.products(request.practice, plan.clinician),
        "removed": removed,
        "focus": focus,
        "oob": True,
    }
    return render(request, "recommendations/_lines_anew.html", shown)


def refused(request, plan, problem, *, focus=""):
    """Says why a change was not made; nothing on the page moves."""
    shown = {"problem": problem, "focus": focus}
    if not request.htmx:
        return page(request, plan, status=422, **shown)
    shown |= _common(request, plan) | {"oob": True}
    response = render(request, "recommendations/_problem_now.html", shown, status=422)
    response["HX-Reswap"] = "none"
    return response


def _common(request, plan):
    return {
        "plan": plan,
        "may_take_over": take_over.may_take(plan, request.membership),
        "may_edit": request.membership.may("draft_plans"),
        "sees_wholesale": request.membership.may("see_wholesale_prices"),
    }


def _item(plan, item_id):
    return get_object_or_404(board.items(plan), pk=item_id)


def _home(request, plan, fragment=""):
    url = reverse("recommendations:plan-detail", args=[request.practice.slug, plan.pk])
    return f"{url}#{fragment}" if fragment else url
