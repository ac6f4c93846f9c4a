"""A clinician connected to the simulated Fullscript, and a plan with one product for it."""

import datetime as dt

from django.utils import timezone

from catalog.models import Listing
from practice import inbox, link, tenancy
from practice.models import Connection, PatientEvent, PatientLink
from practice.vendors import signature
from practice.vendors.contract import Slot
from recommendations import follow_up, receive, send, sign
from recommendations.models import Dose, Plan, PlanItem, Sending
from tests import dance
from tests.factories import PatientFactory
from tests.simulators.fullscript import webhooks
from tests.simulators.fullscript.app import WEBHOOK_KEY

PRODUCT = "Calm Magnesium"
GRANTED = ["products", "plans"]


class Hand:
    """Nora's hand: what she signs, and what Fullscript and our workers make of it."""

    def __init__(self, harbor, client, simulators):
        self.harbor, self.client, self.simulators = harbor, client, simulators
        dance.connect(client, simulators, "harbor", "fullscript")
        found = simulators.act("fullscript/some-variant")
        self.sku = found["variant_id"]
        now = timezone.now()
        with tenancy.unit(tenancy.EVERYTHING):
            self.listing = Listing.objects.create(
                vendor="fullscript", sku=self.sku, name=PRODUCT, first_seen_at=now, seen_at=now
            )
        with harbor.unit():
            self.connection = Connection.objects.get(vendor="fullscript")

    # What she does here

    def plan(self, patient=None) -> Plan:
        with self.harbor.unit():
            plan = Plan.objects.create(
                practice=self.harbor.practice,
                patient=patient or self.harbor.patient,
                clinician=self.harbor.nora,
            )
            item = PlanItem.objects.create(
                practice=self.harbor.practice, plan=plan, listing=self.listing
            )
            Dose.objects.create(
                practice=self.harbor.practice, item=item, slot=Slot.BEDTIME, quantity=1
            )
        return plan

    def signed(self, plan=None) -> Sending:
        plan = plan or self.plan()
        with self.harbor.unit():
            return sign.queue(plan, self.harbor.nora, timezone.now())[0]

    def link(self, first_name="Elena") -> PatientLink:
        with self.harbor.scope():
            return link.confirm(
                self.connection,
                self.harbor.patient,
                self.patient_id(first_name),
                self.harbor.nora,
                timezone.now(),
            )

    def attempt(self, sending, later=0) -> Sending:
        with self.harbor.scope():
            send.attempt(sending.pk, timezone.now() + dt.timedelta(seconds=later))
        return self.again(sending)

    def look_up(self, sending, later=31) -> Sending:
        with self.harbor.scope():
            follow_up.look_up(sending.pk, timezone.now() + dt.timedelta(seconds=later))
        return self.again(sending)

    def post(self, sending, what, **data):
        url = f"/harbor/plans/sendings/{sending.pk}/{what}"
        return self.client.post(url, data)

    # What is there

    def again(self, sending) -> Sending:
        with self.harbor.unit():
            return Sending.objects.select_related(
                "connection__membership", "plan__patient", "plan__clinician", "practice"
            ).get(pk=sending.pk)

    def told(self) -> list[str]:
        with self.harbor.unit():
            return list(PatientEvent.objects.order_by("id").values_list("text", flat=True))

    def another_patient(self, **fields):
        with self.harbor.unit():
            patient = PatientFactory(practice=self.harbor.practice, **fields)
            patient.refresh_from_db()
        return patient

    def held(self, collection) -> dict:
        return self.simulators.holds("fullscript")[collection]

    def patient_id(self, first_name="Elena", clinic="harbor") -> str:
        [clinic_id] = [c["id"] for c in self.held("clinics").values() if c["key"] == clinic]
        return next(
            p["id"]
            for p in self.held("patients").values()
            if (p["clinic_id"], p["first_name"]) == (clinic_id, first_name)
        )

    def person_id(self, first_name) -> str:
        people = self.held("practitioners").values()
        return next(p["id"] for p in people if p["first_name"] == first_name)

    # What happens at Fullscript

    def made_there(self, first_name="Elena", by="Nora", sku="", units=1, at_bedtime=True) -> str:
        """The id of a plan made and activated in Fullscript's own pages."""
        dosage = {"amount": "1", "frequency": "once per day"}
        if at_bedtime:
            dosage["time_of_day"] = ["bedtime"]
        lines = [{"variant_id": sku or self.sku, "units_to_purchase": str(units), "dosage": dosage}]
        made = self.simulators.act(
            "fullscript/make-plan",
            patient_id=self.patient_id(first_name),
            practitioner_id=self.person_id(by),
            recommendations=lines,
        )
        return made["plan_id"]

    def events(self) -> list[dict]:
        return self.held("events")

    def deliver(self, event) -> int:
        """One event as Fullscript posts it; the status of our answer."""
        now = timezone.now()
        body = webhooks.payload(event, "event_payload", "")
        stamp = str(int(now.timestamp()))
        signed = signature.sign(WEBHOOK_KEY, f"{stamp}.".encode() + body).decode()
        return self.client.post(
            "/hooks/fullscript",
            body,
            content_type="application/json",
            headers={"Fullscript-Signature": f"t={stamp},v1={signed}"},
        ).status_code

    def work_off(self, later=0):
        """What the worker does of all that came in, and the look at each plan it names."""
        now = timezone.now() + dt.timedelta(seconds=later)
        with tenancy.declare(tenancy.EVERYTHING):
            inbox.recover(now)
            inbox.work_off(lambda: now)

    def take_note(self, plan_id):
        with self.harbor.scope():
            receive.take_note(self.connection.pk, plan_id, timezone.now())
