"""Nora, linked to Elena at the simulated Fullscript, and what Elena buys there."""

import datetime as dt

from django.utils import timezone

from practice.models import PatientEvent
from recommendations import labs, read_orders, results
from recommendations.models import LabOrder, LabResult, Order, OrderReading
from tests.recommendations.hand import Hand


class Buyer(Hand):
    """Elena at Fullscript, and our workers."""

    def buys(self, **wishes) -> str:
        """The id of the laboratory order of a test that she bought."""
        found = self.simulators.act("fullscript/buy-lab", patient_id=self.patient_id(), **wishes)
        return found["lab_order_id"]

    def moves(self, lab_order_id, state):
        self.simulators.act("fullscript/move-lab", lab_order_id=lab_order_id, state=state)

    def tell(self, *events):
        """Posts these events, or all there are, and works them off."""
        for event in events or self.events():
            assert self.deliver(event) == 200
        self.work_off()

    def reads(self, later=0):
        """What the sweep has workers do with all readings, at once or some hours later."""
        now = timezone.now() + dt.timedelta(hours=later)
        with self.harbor.unit():
            read_orders.adopt(now)
            ids = list(OrderReading.objects.to_do(now).values_list("pk", flat=True))
        with self.harbor.scope():
            for pk in ids:
                read_orders.run(pk, now)

    def polls(self, later=0) -> int:
        """Reads the laboratory orders that are due then; how many those were."""
        now = timezone.now() + dt.timedelta(hours=later)
        with self.harbor.unit():
            ids = list(LabOrder.objects.to_read(now).values_list("pk", flat=True))
        with self.harbor.scope():
            for pk in ids:
                labs.run(pk, now)
        return len(ids)

    def fetches(self, later=0) -> int:
        """Fetches the results that are due then; how many those were."""
        now = timezone.now() + dt.timedelta(hours=later)
        with self.harbor.unit():
            ids = list(LabResult.objects.to_fetch(now).values_list("pk", flat=True))
        with self.harbor.scope():
            for pk in ids:
                results.fetch(pk, now)
        return len(ids)

    def orders(self) -> list[Order]:
        with self.harbor.unit():
            return list(Order.objects.order_by("pk"))

    def labs(self) -> list[LabOrder]:
        with self.harbor.unit():
            return list(LabOrder.objects.order_by("pk"))

    def results(self) -> list[LabResult]:
        with self.harbor.unit():
            return list(LabResult.objects.select_related("order").order_by("pk"))

    def lines(self, kind) -> list[str]:
        with self.harbor.unit():
            rows = PatientEvent.objects.filter(kind=kind).order_by("pk")
            return list(rows.values_list("text", flat=True))
