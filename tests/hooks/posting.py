"""Events as vendors post them, and what became of them."""

from django.utils import timezone

from practice import inbox, tenancy
from practice.models import Receipt
from practice.vendors import signature
from tests.simulators.fullscript.app import WEBHOOK_CHALLENGE

State = Receipt.State
HOOK = "/hooks/fullscript"
CHALLENGE = {"challenge": WEBHOOK_CHALLENGE}
KIND = "patient.updated"


def told(event_id="ev-1", kind=KIND, clinic="clinic-1") -> dict:
    created = "2026-11-02T10:00:00.000Z"
    data = {"patient": {"id": "p-1"}}
    return {"id": event_id, "type": kind, "created_at": created, "clinic_id": clinic, "data": data}


def signed(body: bytes, key: str, at: float) -> str:
    return f"t={int(at)},v1={signature.sign(key, f'{int(at)}.'.encode() + body).decode()}"


def receipts() -> list[Receipt]:
    with tenancy.unit(tenancy.EVERYTHING):
        return list(Receipt.objects.order_by("pk"))


def work_off(now=None):
    now = now or timezone.now()
    with tenancy.declare(tenancy.EVERYTHING):
        inbox.recover(now)
        inbox.work_off(lambda: now)
