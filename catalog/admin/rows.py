"""The operator's desk of the catalogue: what was read, and what a person must look at."""

from collections import Counter

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from catalog import review, sources, steps, sync
from catalog.models import Listing, Product, SyncRun
from catalog.tasks import run_sync
from practice import attention, tenancy
from practice.admin import ReadOnlyAdmin, confirm
from practice.admin.lights import light
from practice.tasking import nudge

State = SyncRun.State
LIGHTS = {
    State.WAITING: "amber",
    State.RUNNING: "amber",
    State.DONE: "green",
    State.NEEDS_REVIEW: "red",
    State.FAILED: "red",
}
NEVER = "—"


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Readings of vendors' lists. One of a sharply shorter list retires nothing by itself."""

    list_display = [
        "label",
        "read_with",
        "shown_state",
        "seen",
        "added",
        "changed",
        "missing",
        "skipped",
        "began",
        "took",
        "last_error",
    ]
    list_filter = ["state", "vendor", "part"]
    list_select_related = ["practice", "connection__membership"]
    ordering = ["-id"]
    fields = [
        *("vendor", "part", "read_with", "shown_state", "last_error", "seen", "total", "added"),
        *("changed", "unchanged", "missing", "skipped", "attempts", "next_page", "not_before_at"),
        *("lease_until", "created_at", "started_at", "finished_at", "took"),
    ]
    readonly_fields = ["read_with", "shown_state", "took"]
    deeds = ("agree", "read_again")

    @admin.display(description="List")
    def label(self, run):
        return run.label

    @admin.display(description="Read with")
    def read_with(self, run):
        if run.connection_id is None:
            return "the operator's account, for all practices"
        return f"{run.connection.membership.name}, {run.practice.name}"

    @admin.display(description="State", ordering="state")
    def shown_state(self, run):
        return light(LIGHTS[run.state], run.get_state_display())

    @admin.display(description="Began", ordering="started_at")
    def began(self, run):
        return run.started_at

    @admin.display(description="Took")
    def took(self, run):
        if not run.started_at or not run.finished_at:
            return NEVER
        minutes, seconds = divmod(round((run.finished_at - run.started_at).total_seconds()), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

    @confirm.deed(
        "Agree that what is missing is gone",
        explain="The vendor's list was sharply shorter than before, so nothing was retired. If "
        "you agree, every product it no longer names is retired: nobody can add it to a plan "
        "any more, plans that have it keep it. A later list that names it brings it back.",
        button="Agree",
        form=confirm.Reason,
        watches=("state", "missing"),
        most=20,
    )
    def agree(self, request, rows, given):
        now = timezone.now()
        agreed = sum(sync.agree(run, now) for run in rows)
        return +Counter(
            {
                confirm.Outcome("Agreed to, what was missing is retired"): agreed,
                confirm.Outcome("Left alone, nothing was asked there", messages.WARNING): len(rows)
                - agreed,
            }
        )

    @confirm.deed(
        "Read again",
        explain="A worker reads the same list from its first page, as the same account. A shared "
        "list that was read within the hour is not read again.",
        watches=(),
        most=50,
    )
    def read_again(self, request, rows, given):
        return Counter(self._asked(run, timezone.now()) for run in rows)

    @staticmethod
    def _asked(run, now):
        own = not sources.is_shared(run.vendor, run.part)
        if own and not (run.connection and run.connection.is_active):
            return confirm.Outcome("Left alone, the account is not connected", messages.WARNING)
        open_before = set(SyncRun.objects.open().values_list("pk", flat=True))
        found = sync.request(
            run.practice, run.connection, run.vendor, run.part, now, by_person=True
        )
        if found.pk in open_before or not found.is_open:
            words = "Left alone, being read now or read within the hour"
            return confirm.Outcome(words, messages.WARNING)
        nudge(run_sync, found.practice_id, found.pk)
        return confirm.Outcome("Will be read again")


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    list_display = [
        "sku",
        "vendor",
        "kind",
        "name",
        "practice",
        "matched_by",
        "stock",
        "seen_at",
        "retired_at",
    ]
    list_filter = ["vendor", "kind", "matched_by", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["practice"]
    raw_id_fields = ["product", "bottle", "connection", "practice"]
    search_fields = ["sku", "upc", "name"]
    ordering = ["-id"]
    deeds = ("split",)

    @confirm.deed(
        "Split from its product",
        explain="The listing is another thing than what it was put together with. It becomes a "
        "product of its own, or joins another; no reading puts them together again. Plans keep "
        "the listing they have.",
        button="Split",
        form=confirm.Reason,
        watches=("product_id",),
        most=1,
    )
    def split(self, request, rows, given):
        [listing] = rows
        stay = review.split(listing, tenancy.actor().who, timezone.now()) if listing.product else 0
        nothing = confirm.Outcome("Left alone, nothing else is on its product", messages.WARNING)
        return Counter({confirm.Outcome("Split off") if stay else nothing: 1})


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "brand", "form", "count", "practice"]
    list_filter = ["form"]
    list_select_related = ["practice"]
    search_fields = ["name", "brand"]
    ordering = ["-id"]
    show_full_result_count = False


def readings(practice, now):
    """Lists that came back sharply shorter, and those that could not be read."""
    runs = SyncRun.objects.seen_by(practice) if practice else SyncRun.objects.all()
    of_list = ("practice_id", "vendor", "part", "connection_id")
    latest = runs.order_by(*of_list, "-id").distinct(*of_list)
    counts = SyncRun.objects.filter(pk__in=latest.values("pk")).aggregate(
        doubted=Count("pk", filter=Q(state=State.NEEDS_REVIEW)),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    page = reverse("admin:catalog_syncrun_changelist")
    return [
        attention.Figure(
            "Catalogues much shorter than before",
            counts["doubted"],
            f"{page}?state__exact={State.NEEDS_REVIEW}",
        ),
        attention.Figure(
            "Catalogues that were not read",
            counts["failed"],
            f"{page}?state__exact={State.FAILED}",
            attention.AMBER,
        ),
    ]


attention.add(readings)
steps.register()
