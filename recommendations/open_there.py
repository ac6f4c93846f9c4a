"""Opening a vendor's own page for a part that waits to be activated there: by a link made for
this one press. The link is led to and forgotten; what was opened, and when, is kept."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from practice import connect, tenancy
from practice.models import Connection
from practice.vendors.contract import Ability, Colleague, PlanLink
from recommendations import outgoing
from recommendations.models import Sending
from recommendations.sign import NotReady

State = Sending.State


def is_offered(sending: Sending) -> bool:
    return sending.state == State.HAND_OVER and connect.offers(sending.vendor, Ability.PLAN_BY_LINK)


def colleagues(connection: Connection) -> tuple[Colleague, ...]:
    """Whom a staff member may make plans for; () where the account is a practitioner's own.
    Raises the contract's errors. Not inside a unit."""
    if connection.practitioner_id:
        return ()
    return connect.call(connection, lambda client: client.practitioners())


def choose(connection: Connection, practitioner_id: str) -> None:
    """Remembers for whom a staff member's account makes plans. Raises NotReady for somebody
    the vendor's clinic does not list. Not inside a unit."""
    if connection.practitioner_id or practitioner_id == connection.plans_for_id:
        return
    chosen = [one for one in colleagues(connection) if one.id == practitioner_id]
    if not chosen:
        raise NotReady([f"{connection.label} does not list this practitioner. Choose again."])
    with tenancy.unit():
        connection.make_plans_for(chosen[0].id, chosen[0].name)


def link(sending: Sending, now: dt.datetime, *, welcome: bool, plan_id: str = "") -> PlanLink:
    """A fresh link to make the plan, or to go on with the draft `plan_id` of this patient.
    From now on the plan is looked for. Raises NotReady and the contract's errors. Not inside
    a unit."""
    if not is_offered(sending):
        raise NotReady(["This part does not wait to be activated."])
    connection = sending.connection
    if not connection.plans_as:
        raise NotReady(["Choose for whom the plan is made."])
    with tenancy.unit():
        patient = outgoing.load(sending.pk)[1].patient
    if plan_id:
        opened = connect.call(connection, lambda client: client.edit_link(plan_id))
    else:
        opened = connect.call(
            connection,
            lambda client: client.plan_link(
                patient, practitioner_id=connection.plans_as, send_welcome_email=welcome
            ),
        )
    note_opened(sending, now, patient_id=opened.patient_id)
    return opened


def note_opened(sending: Sending, now: dt.datetime, patient_id: str = "") -> None:
    """Has the plan looked for, from the first wait on. What is older than the first opening
    is never taken for it."""
    first = now + dt.timedelta(seconds=settings.PLAN_FIND_WAITS[0])
    with tenancy.unit():
        waiting = Sending.objects.filter(pk=sending.pk, state=State.HAND_OVER)
        waiting.filter(opened_at=None).update(opened_at=now)
        waiting.update(look_ups=0, not_before_at=first, last_error="")
        if patient_id:
            waiting.update(there_patient_id=patient_id[:120])
        sending.refresh_from_db(
            fields=["opened_at", "look_ups", "not_before_at", "there_patient_id", "last_error"]
        )
