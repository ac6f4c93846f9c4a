"""A clinic at Fullscript whose webhooks are posted when a test says so."""

import datetime as dt

from django.utils import timezone

from practice import budget, catch_up, tenancy
from practice.models import Connection, EventSweep, Receipt
from tests import dance
from tests.hooks.posting import receipts, work_off
from tests.recommendations.conftest import make_harbor
from tests.simulators.fullscript import webhooks

SAMUEL = "samuel.okafor@harbor-integrative.example"
Span = EventSweep.Span
FoundBy = Receipt.FoundBy


class Clinic:
    """Nora's clinic. `client` is her browser; nothing is delivered by itself."""

    def __init__(self, client, simulators):
        self.harbor, self.client, self.simulators = make_harbor(), client, simulators
        simulators.knob("fullscript", background=False)
        client.force_login(self.harbor.nora.user)
        dance.connect(client, simulators, "harbor", "fullscript")
        self.patient_id = next(
            one["id"]
            for one in self.held("patients").values()
            if one["email"] == self.harbor.patient.email
        )

    def held(self, what):
        return self.simulators.holds("fullscript")[what]

    def events(self):
        return self.held("events")

    def asked(self, path="/events"):
        """The addresses that were asked for since the log was cleared."""
        return [c["path"] for c in self.simulators.log("fullscript") if path in c["path"]]

    @property
    def connection(self) -> Connection:
        with tenancy.unit(tenancy.EVERYTHING):
            return Connection.objects.get(vendor="fullscript", membership=self.harbor.nora)

    # What happens there

    def happen(self, count=1, **fields) -> list[str]:
        """The ids of so many events: the patient's number changes again and again."""
        before = len(self.events())
        for number in range(count):
            self.simulators.act(
                "fullscript/update-patient",
                patient_id=self.patient_id,
                mobile_number=f"+1202555{number:04d}",
            )
        return [event["id"] for event in self.events()[before:]]

    def post(self, event_id, envelope="event_payload", fault="", key="") -> int:
        """One event as Fullscript posts it; the status of our answer."""
        from tests.simulators.fullscript.app import WEBHOOK_KEY
        from tests.simulators.fullscript.signing import header

        event = next(one for one in self.events() if one["id"] == event_id)
        told = webhooks.events_told(event)
        body = webhooks.payload(told, envelope, fault)
        signing = {"signature_key": key or WEBHOOK_KEY, "old_key": ""}
        return self.client.post(
            "/hooks/fullscript",
            body,
            content_type="application/json",
            headers=header(body, signing, fault, 0),
        ).status_code

    # What we make of it

    def sweep(self, span=Span.RECENT) -> EventSweep:
        with tenancy.unit(tenancy.EVERYTHING):
            return EventSweep.objects.get(practice=self.harbor.practice, span=span)

    def catch_up(self, span=Span.RECENT, later=0) -> EventSweep:
        """Has the sweep run now, whatever its time."""
        now = timezone.now() + dt.timedelta(seconds=later)
        sweep = self.sweep(span)
        if not later:
            with tenancy.unit(tenancy.EVERYTHING):
                catch_up.ask([sweep], now)
        with self.harbor.scope(), budget.background():
            catch_up.run(sweep.pk, now)
        return self.sweep(span)

    def work_off(self):
        work_off()

    def found(self) -> dict[str, str]:
        """How each event came to us, by its id."""
        return {receipt.event_id: receipt.found_by for receipt in receipts()}
