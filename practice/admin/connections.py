"""The desk of connections: whose account at which dispensary works, and what to do about one
that does not. Tokens are not shown, and nobody but a worker calls a vendor."""

from collections import Counter

from django import forms
from django.contrib import admin, messages
from django.core.validators import RegexValidator
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from practice import attention, errands, rights
from practice.admin import confirm
from practice.admin.base import ReadOnlyAdmin
from practice.admin.lights import light
from practice.models import Connection
from practice.tasking import nudge
from practice.tasks import run_errand
from practice.vendors import registry

State = Connection.State
LIGHTS = {
    State.ACTIVE: "green",
    State.NEEDS_RECONNECT: "red",
    State.PENDING: "amber",
    State.DISCONNECTED: "grey",
}


class Packs(confirm.Reason):
    """What packs are ordered as. The vendor lists no such number: its support gives it."""

    pack_sku = forms.CharField(
        label="Pack product",
        required=False,
        max_length=120,
        validators=[RegexValidator("^[0-9]{18}$", "Write the number in its 18 digits.")],
        help_text="18 digits, zeros in front included. Blank: the environment's own.",
        widget=UnfoldAdminTextInputWidget,
    )
    cartons_as_packs = forms.BooleanField(
        label="The clinician's own cartons may be used as packs",
        required=False,
        widget=UnfoldBooleanWidget,
    )


class Unconfirmed(admin.SimpleListFilter):
    title = "end confirmed there"
    parameter_name = "confirmed"

    def lookups(self, request, model_admin):
        return [("no", "No: forgotten here, the vendor could not be told")]

    def queryset(self, request, queryset):
        if self.value() != "no":
            return queryset
        return queryset.filter(state=State.DISCONNECTED).exclude(last_error="")


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = [
        "membership",
        "practice",
        "vendor",
        "shown_state",
        "missing_count",
        "token",
        "last_success_at",
        "last_error",
        "errand_shown",
    ]
    list_filter = ["state", "vendor", "environment", Unconfirmed]
    list_select_related = ["practice", "membership"]
    search_fields = [
        *("membership__name", "account_id", "account_name", "email", "error_request_id"),
    ]
    ordering = ["-id"]
    fields = [
        *("practice", "membership", "vendor", "shown_state", "environment"),
        *("account_id", "account_name", "practitioner_id", "email", "email_confirmed_at"),
        *("scopes", "missing", "token", "connected_at", "last_success_at", "last_error"),
        *("error_request_id", "errand_shown", "pack_sku", "cartons_as_packs"),
    ]
    readonly_fields = ["shown_state", "missing", "token", "errand_shown"]
    deeds = ("test", "refresh", "revoke", "remind", "set_packs")

    @admin.display(description="State", ordering="state")
    def shown_state(self, connection):
        return light(LIGHTS[connection.state], connection.get_state_display())

    @admin.display(description="Missing scopes")
    def missing_count(self, connection):
        """How many; which ones stands on the connection's page."""
        return len(connection.missing_scopes) if connection.is_active else "—"

    @admin.display(description="Missing scopes")
    def missing(self, connection):
        missing = connection.missing_scopes if connection.is_active else ()
        words = rights.words(connection.vendor, missing)
        named = (f"{scope} ({may})" for scope, may in zip(sorted(missing), words, strict=True))
        return ", ".join(named) or "—"

    @admin.display(description="Token")
    def token(self, connection):
        if not connection.access_token:
            return "none"
        now = timezone.now()
        words = [f"{timesince(connection.token_at, now)} old"] if connection.token_at else []
        if connection.expires_at:
            over = connection.expires_at <= now
            left = timeuntil(connection.expires_at, now)
            words.append("refreshed at the next call" if over else f"expires in {left}")
        return ", ".join(words) or "age unknown"

    @admin.display(description="Last asked by staff")
    def errand_shown(self, connection):
        if connection.errand:
            return f"{connection.get_errand_display()}: waiting for a worker"
        if not connection.errand_done_at:
            return "—"
        ago = timesince(connection.errand_done_at, timezone.now())
        return f"{connection.errand_outcome} ({ago} ago)"

    @confirm.deed(
        "Test",
        explain="A worker makes one small call to the vendor as each clinician. The outcome "
        "stands in the row.",
        watches=("state", "errand"),
    )
    def test(self, request, rows, given):
        return self._send(rows, Connection.Errand.TEST)

    @confirm.deed(
        "Refresh tokens",
        explain="A worker asks the vendor for new tokens now. The ones we hold die there.",
        button="Refresh",
        watches=("state", "errand"),
    )
    def refresh(self, request, rows, given):
        return self._send(rows, Connection.Errand.REFRESH)

    @confirm.deed(
        "Revoke",
        explain="A worker ends each connection at the vendor and forgets its tokens. Plans "
        "that wait for it stay here until the clinician connects again.",
        form=confirm.Reason,
        watches=("state", "errand"),
    )
    def revoke(self, request, rows, given):
        return self._send(rows, Connection.Errand.REVOKE)

    @confirm.deed(
        "Send reconnect mail",
        explain="Each clinician gets an e-mail in plain words with the way to the page where "
        "they connect again.",
        button="Send",
        watches=("state", "errand"),
        most=500,
    )
    def remind(self, request, rows, given):
        return self._send(rows, Connection.Errand.REMIND)

    @confirm.deed(
        "Set packs",
        explain="Both settings become what you leave here: what packs are ordered as for this "
        "clinician, and whether their own cartons are offered as packs. Packs that are on a plan "
        "already stay as they are; a carton that is no longer offered stops its draft.",
        button="Set",
        form=Packs,
        watches=("pack_sku", "cartons_as_packs"),
        begins_with=("pack_sku", "cartons_as_packs"),
        most=1,
    )
    def set_packs(self, request, rows, given):
        [connection] = rows
        if registry.VENDORS[connection.vendor].packs is None:
            return Counter([confirm.Outcome("Left alone, packs are not made", messages.WARNING)])
        connection.pack_sku = given["pack_sku"]
        connection.cartons_as_packs = given["cartons_as_packs"]
        connection.save(update_fields=["pack_sku", "cartons_as_packs"])
        return Counter([confirm.Outcome("Packs set")])

    @staticmethod
    def _send(rows, errand):
        chosen = errands.ask(rows, errand)
        for connection in chosen:
            nudge(run_errand, connection.practice_id, connection.pk)
        asked = confirm.Outcome(f"{errand.label}: asked of a worker")
        left = confirm.Outcome("Left alone, no tokens or still waiting", messages.WARNING)
        return +Counter({asked: len(chosen), left: len(rows) - len(chosen)})


def ended(practice, now):
    """Connections that their clinician has to make anew."""
    rows = Connection.objects.filter(state=State.NEEDS_RECONNECT)
    if practice:
        rows = rows.for_practice(practice)
    page = reverse("admin:practice_connection_changelist")
    return [
        attention.Figure(
            "Connections to make anew", rows.count(), f"{page}?state__exact={State.NEEDS_RECONNECT}"
        )
    ]


attention.add(ended)
