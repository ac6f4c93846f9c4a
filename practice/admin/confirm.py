"""Deeds: what the operator's staff can do to rows, in two steps.

The list (or a row's page) posts the name of a deed and the rows; the answer is a page that
says how many rows it would touch, of whom, and asks. What it asks about is signed into the
page: the rows as they were. Confirmed, the rows are locked and compared: when one of them is
no longer as it was, or the page is old, nothing is done. Plain forms, so no script is needed.

    @confirm.deed("Replay", explain="Each is worked off once more.")
    def replay(self, request, rows, given) -> Counter[Outcome]: …

The deed runs in the desk's unit: it calls no vendor, but nudges a task that does. It says
what became of the rows, or answers with a page of its own.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import model_ngettext
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from practice import audit, narrowing, tenancy

TOKEN = "confirmed"  # noqa: S105 (the name of a field)
SALT = "practice.admin.confirm"
SECONDS = 15 * 60
MOST = 10_000
SHOWN = 20


@dataclass(frozen=True, order=True)
class Outcome:
    """What became of a row, in words that a number of rows can follow: "Replayed"."""

    words: str
    level: int = messages.SUCCESS


class Nothing(forms.Form):
    """A deed that is told nothing."""


class Reason(forms.Form):
    """Why. It stands in the audit trail beside everything that the deed changes."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        help_text="The audit trail keeps it, and the practice can read it there.",
        widget=UnfoldAdminTextInputWidget,
    )


@dataclass(frozen=True)
class Deed:
    """`explain` says what will happen, `button` is the verb; `form` asks for more. `watches`
    are the fields that must still be as they were when the person was asked; `begins_with` are
    those that the form begins with as they are, where one row is chosen."""

    name: str
    label: str
    explain: str
    button: str
    form: type[forms.Form]
    permission: str
    most: int
    watches: tuple[str, ...]
    begins_with: tuple[str, ...] = ()


def deed(
    label: str,
    *,
    explain: str,
    button: str = "",
    form: type[forms.Form] = Nothing,
    permission: str = "act",
    most: int = MOST,
    watches: tuple[str, ...] = ("state",),
    begins_with: tuple[str, ...] = (),
):
    """Makes a method `(self, request, rows, given)` a deed. `given` is the form's data."""

    def decorate(function):
        @functools.wraps(function)
        def ask_first(self, request, queryset):
            return ask(self, request, ask_first.deed, queryset)

        ask_first.carry_out = function
        ask_first.deed = Deed(
            *(function.__name__, label, explain, button or label, form, permission, most),
            *(watches, begins_with),
        )
        return ask_first

    return decorate


def ask(desk, request, deed: Deed, queryset):
    """The page that asks. Reads the rows' watched fields once, and the first few rows."""
    found = list(queryset.order_by("pk").values_list("pk", *deed.watches)[: deed.most + 1])
    if len(found) > deed.most:
        some = model_ngettext(desk.opts, deed.most)
        words = f"“{deed.label}” takes {deed.most} {some} at once at the most. Narrow the list."
        messages.error(request, words)
        return None
    if not found:
        messages.warning(request, "None of the rows you chose is here. Nothing was done.")
        return None
    asked = {
        "deed": deed.name,
        "user": request.user.pk,
        "practice": _narrowed(request),
        "rows": [[str(value) for value in row] for row in found],
        "back": _back(desk, request, found),
    }
    initial = {}
    if deed.begins_with and len(found) == 1:
        initial = queryset.filter(pk=found[0][0]).values(*deed.begins_with).get()
    return _page(desk, request, deed, deed.form(initial=initial), asked)


def carry_out(desk, request):
    """Does what was confirmed, if everything is still as it was when it was asked."""
    try:
        asked = signing.loads(request.POST[TOKEN], salt=SALT, max_age=SECONDS)
    except signing.SignatureExpired:
        return _refuse(request, "This question is older than 15 minutes.", request.path)
    except signing.BadSignature:
        return _refuse(request, "This question was not asked here.", request.path)
    function = desk.get_actions(request).get(asked["deed"], [None])[0]
    if asked["user"] != request.user.pk or not hasattr(function, "carry_out"):
        raise PermissionDenied
    if asked["practice"] != _narrowed(request):
        return _refuse(request, "Another practice was chosen meanwhile.", asked["back"])
    form = function.deed.form(request.POST)
    if not form.is_valid():
        return _page(desk, request, function.deed, form, asked, status=422)
    rows = _hold(desk, request, asked["rows"])
    changed = len(asked["rows"]) - _unchanged(rows, function.deed, asked["rows"])
    if changed:
        some = model_ngettext(desk.opts, changed)
        return _refuse(request, f"{changed} {some} changed since you were asked.", asked["back"])
    actor = dataclasses.replace(tenancy.actor(), reason=form.cleaned_data.get("reason", ""))
    with tenancy.acting(actor), tenancy.unit():
        audit.did(rows, function.deed.label)
        outcome = function.carry_out(desk, request, rows, form.cleaned_data)
    if isinstance(outcome, HttpResponseBase):
        return outcome
    _tell(desk, request, outcome)
    return HttpResponseRedirect(asked["back"])


def page(desk, request, template: str, *, status: int = 200, **context):
    """What a deed answers with when it has more to show than a line."""
    shared = desk.admin_site.each_context(request)
    context = {**shared, "opts": desk.opts, **context}
    return TemplateResponse(request, template, context, status=status)


def _hold(desk, request, asked) -> list:
    chosen = desk.get_queryset(request).filter(pk__in=[row[0] for row in asked])
    return list(chosen.select_for_update(of=("self",)).order_by("pk"))


def _unchanged(rows, deed: Deed, asked) -> int:
    now = {(str(row.pk), *(str(getattr(row, name)) for name in deed.watches)) for row in rows}
    return sum(tuple(row) in now for row in asked)


def _tell(desk, request, outcomes: Counter[Outcome]) -> None:
    for outcome, count in sorted(outcomes.items()):
        words = f"{outcome.words}: {count} {model_ngettext(desk.opts, count)}."
        messages.add_message(request, outcome.level, words)


def _refuse(request, why: str, back: str):
    messages.error(request, f"{why} Nothing was done. Choose the rows again.")
    return HttpResponseRedirect(back)


def _page(desk, request, deed: Deed, form, asked: dict, status: int = 200):
    count = len(asked["rows"])
    chosen = desk.get_queryset(request).filter(pk__in=[row[0] for row in asked["rows"]])
    first = chosen.order_by("pk")
    if desk.list_select_related:
        first = first.select_related(*desk.list_select_related)
    some = f"{count} {model_ngettext(desk.opts, count)}"
    return TemplateResponse(
        request,
        "admin/confirm.html",
        {
            **desk.admin_site.each_context(request),
            "title": f"{deed.label}: {some}?",
            "opts": desk.opts,
            "deed": deed,
            "some": some,
            "rows": first[:SHOWN],
            "more": max(0, count - SHOWN),
            "practices": _practices(desk, chosen),
            "form": form,
            "token_name": TOKEN,
            "token": signing.dumps(asked, salt=SALT, compress=True),
            "back": asked["back"],
            "action": _list(desk),
        },
        status=status,
    )


def _practices(desk, chosen) -> list[tuple[str, int]]:
    if not any(field.name == "practice" for field in desk.opts.fields):
        return []
    counts = Counter(chosen.order_by().values_list("practice__name", flat=True))
    return [(name or "No practice", count) for name, count in counts.most_common(SHOWN)]


def _list(desk) -> str:
    return reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist")


def _back(desk, request, found) -> str:
    if "from_row" in request.POST and len(found) == 1:
        name = f"admin:{desk.opts.app_label}_{desk.opts.model_name}_change"
        return reverse(name, args=[found[0][0]])
    return request.get_full_path()


def _narrowed(request) -> int:
    practice = narrowing.chosen(request)
    return practice.pk if practice else 0
