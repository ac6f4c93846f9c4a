"""The desk of matches: pairs of listings of which a person says whether they are one product."""

from collections import Counter

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from catalog import keys, review
from catalog.models import Review
from practice import attention, tenancy
from practice.admin import ReadOnlyAdmin, confirm
from practice.vendors import registry


class DecidedFilter(admin.SimpleListFilter):
    """The desk shows what is to be decided unless it is asked for more."""

    title = "decision"
    parameter_name = "decision"

    def lookups(self, request, model_admin):
        return [("same", "The same"), ("apart", "Not the same"), ("all", "All")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": "To decide"}, *others]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        if self.value() in ("same", "apart"):
            return queryset.filter(state=self.value())
        return queryset.open()


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Pairs that the matcher left apart though something strong speaks for them."""

    list_display = [
        "first",
        "second",
        "evidence",
        "score",
        "differs",
        "practice",
        "state",
        "decided_by",
    ]
    list_filter = [DecidedFilter, "evidence"]
    list_select_related = ["practice", "one", "other"]
    search_fields = ["one__name", "other__name", "one__sku", "other__sku"]
    ordering = ["-score", "-id"]
    fields = ["practice", "evidence", "score", "state", "decided_by", "decided_at", "created_at"]
    deeds = ("say_same", "say_apart")
    with_all_rows = "?decision=all"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("one", "other")

    @admin.display(description="Listing")
    def first(self, pair):
        return _named(pair.one)

    @admin.display(description="And")
    def second(self, pair):
        return _named(pair.other)

    @admin.display(description="What differs")
    def differs(self, pair):
        return ", ".join(fact["label"] for fact in _compared(pair) if not fact["is_alike"]) or "—"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        pair = self.get_object(request, object_id)
        more = {} if pair is None else {"row_summary": "admin/match_pair.html", "pair": _side(pair)}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    @confirm.deed(
        "The same",
        explain="The later listing joins the product of the earlier one: clinicians see one "
        "product with two offers. No reading takes them apart again.",
        form=confirm.Reason,
        most=20,
    )
    def say_same(self, request, rows, given):
        return self._said(rows, review.same, "Now one product")

    @confirm.deed(
        "Not the same",
        explain="They stay two products, and no reading puts them together.",
        form=confirm.Reason,
        most=100,
    )
    def say_apart(self, request, rows, given):
        return self._said(rows, review.apart, "Kept apart")

    @staticmethod
    def _said(rows, decide, words):
        by, now = tenancy.actor().who, timezone.now()
        for pair in rows:
            decide(pair, by, now)
        return Counter({confirm.Outcome(words): len(rows)})


def _named(listing) -> str:
    size = f", {listing.count} {listing.count_unit}".rstrip() if listing.count else ""
    return f"{listing.name}{size} ({registry.VENDORS[listing.vendor].label} {listing.sku})"


def _compared(pair) -> list[dict]:
    """What both labels say, as the matcher reads them."""
    one, other = (keys.Facts.of_key(listing.name_key) for listing in (pair.one, pair.other))
    rows = [
        ("Name", pair.one.name, pair.other.name, one.words == other.words),
        ("Strength", one.strength, other.strength, one.strength == other.strength),
        ("Form", one.form, other.form, one.form == other.form),
        ("Count", one.count, other.count, one.count == other.count),
        ("Brand", pair.one.brand, pair.other.brand, one.brand == other.brand),
        ("Barcode (UPC)", pair.one.upc, pair.other.upc, pair.one.gtin == pair.other.gtin),
    ]
    return [
        {"label": label, "one": left, "other": right, "is_alike": is_alike}
        for label, left, right, is_alike in rows
    ]


def _why(pair) -> str:
    agree = "" if pair.score is None else f"; the labels agree by {pair.score} of 100"
    return f"{pair.get_evidence_display().lower()}{agree}"


def _side(pair) -> dict:
    return {
        "sides": [_named(pair.one), _named(pair.other)],
        "facts": _compared(pair),
        "why": f"Why it is asked: {_why(pair)}.",
        "is_one": pair.one.product_id == pair.other.product_id,
    }


def pairs(practice, now):
    """Listings of which a person has to say whether they are one product."""
    rows = Review.objects.open()
    if practice:
        rows = rows.for_practice(practice)
    page = reverse("admin:catalog_review_changelist")
    return [attention.Figure("Matches to review", rows.count(), page, attention.AMBER)]


attention.add(pairs)
