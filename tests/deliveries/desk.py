"""A practice with a courier account at the simulator, and the road its webhooks take."""

import datetime as dt
import json

from django.utils import timezone

from deliveries import book, courier, send
from deliveries.models import Delivery, new_barcode
from practice import inbox, tenancy
from practice.models import CourierAccount, Receipt
from practice.vendors import signature
from practice.vendors.scriptrun.webhook import EVENT_HEADER, HEADER
from tests.factories import MembershipFactory, PatientFactory
from tests.simulators.scriptrun.app import HARBOR_KEY, HARBOR_SECRET

NOBODY_LISTENS = "http://127.0.0.1:9/hook"


class Desk:
    """One practice's courier desk: Alice books, the simulator drives."""

    def __init__(self, simulators, client):
        self.simulators = simulators
        self.client = client
        with tenancy.unit(tenancy.EVERYTHING):
            self.alice = MembershipFactory(role="owner")
            self.practice = self.alice.practice
            self.patient = PatientFactory(practice=self.practice)
            self.account = CourierAccount.objects.create(practice=self.practice)
            self.account.set_key(HARBOR_KEY)
            self.account.roll_secret(HARBOR_SECRET)
        self.scope = tenancy.of_practice(self.practice.pk)

    def unit(self):
        return tenancy.unit(self.scope)

    def queue(self, **values) -> Delivery:
        today = timezone.now().astimezone(self.practice.zone).date()
        form = {
            "barcode": new_barcode(),
            "recipient_name": self.patient.name,
            "address_line": self.patient.address_line,
            "phone": "+18135550142",
            "delivery_date": today + dt.timedelta(days=1),
        }
        with self.unit():
            delivery, _ = book.queue(
                self.practice, self.alice, self.patient, form | values, timezone.now()
            )
        return delivery

    def attempt(self, delivery, now=None) -> Delivery:
        with tenancy.declare(self.scope):
            send.attempt(delivery.pk, now or timezone.now())
        return self.again(delivery)

    def booked(self, **values) -> Delivery:
        return self.attempt(self.queue(**values))

    def again(self, row):
        with self.unit():
            return type(row)._default_manager.get(pk=row.pk)

    def packages(self) -> list[dict]:
        return list(self.simulators.holds("scriptrun")["packages"].values())

    def listen(self):
        """Registers an endpoint, so that the simulator writes its events."""
        self.simulators.act(
            "scriptrun/endpoint", key=HARBOR_KEY, url=NOBODY_LISTENS, secret=HARBOR_SECRET
        )

    def events(self) -> list[str]:
        """The bodies of all events the simulator has written, as it would post them."""
        sent = self.simulators.holds("scriptrun")["deliveries"].values()
        return [event["body"] for event in sent]

    def post(self, body):
        """One signed event through the hook's front door, and the work behind it."""
        now = timezone.now()
        answer = self.knock(body, now)
        self.work_off(now)
        return answer

    def store(self, body) -> Receipt:
        """The same without the work: the receipt that waits for it."""
        self.knock(body, timezone.now())
        with self.unit():
            return Receipt.objects.filter(practice=self.practice).latest("pk")

    def knock(self, body, now):
        body = body if isinstance(body, str) else json.dumps(body)
        stamp = str(int(now.timestamp()))
        signed = signature.sign(HARBOR_SECRET, f"{stamp}.".encode() + body.encode()).decode()
        return self.client.post(
            f"/hooks/{courier.KEY}/{self.account.hook_path}",
            body.encode(),
            content_type="application/json",
            headers={HEADER: f"t={stamp},v1={signed}", EVENT_HEADER: json.loads(body)["event"]},
        )

    def work_off(self, now):
        inbox.recover(now)
        inbox.work_off(lambda: now)

    def signed_in(self, membership):
        self.client.force_login(membership.user)
        return self.client

    def url(self, rest="") -> str:
        return f"/{self.practice.slug}/deliveries/{rest}"


def told(kind, parcel_id, at, number=1, **data) -> dict:
    """An event in the courier's words."""
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    times = {"delivery.completed": "delivered_at", "delivery.failed": "failed_at"}
    named = {times[kind]: stamp} if kind in times else {}
    return {
        "id": f"evt_{kind}_{parcel_id}_{stamp}_{number}",
        "event": kind,
        "created_at": stamp,
        "data": {"package_id": parcel_id, **named, **data},
    }
