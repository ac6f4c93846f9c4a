"""Celery tasks: nudges that carry ids."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from deliveries import proof, send
from deliveries.models import Delivery, Proof
from practice import leases, tenancy
from practice.models import CourierAccount
from practice.tasking import nudge_due, practice_task, sweep_task

AT_ONCE = 500
DELIVERIES = leases.Watch(Delivery, Q(state=Delivery.State.SENDING))


@practice_task(on=DELIVERIES)
def attempt(delivery_id):
    send.attempt(delivery_id, timezone.now())


@practice_task
def fetch_proof(proof_id):
    proof.fetch(proof_id, timezone.now())


@sweep_task
def sweep():
    """Takes up what is due or stuck: bookings, outcomes waited for long enough, and proof.
    Bookings of a practice whose account is paused wait for a person."""
    now = timezone.now()
    DELIVERIES.end_those_of_the_dead(now)
    usable = CourierAccount.objects.filter(
        practice=OuterRef("practice"), state=CourierAccount.State.ACTIVE
    )
    open_practice = Q(practice__suspended_at__isnull=True)
    with tenancy.unit():
        waiting = Delivery.objects.filter(state=Delivery.State.READY).exclude(Exists(usable))
        due = Delivery.objects.to_do(now).filter(open_practice).exclude(pk__in=waiting)
        nudge_due(attempt, due.values_list("practice_id", "pk")[:AT_ONCE])
        images = Proof.objects.to_fetch(now).filter(open_practice).order_by("id")
        nudge_due(fetch_proof, images.values_list("practice_id", "pk")[:AT_ONCE])
