"""Creating our patient at a vendor, once, whatever becomes of the answer.

    asked ─answer→ made and linked
      └──no answer→ open ─found by our id→ made and linked
                      └──not found for a while→ not made

There is no key that makes a vendor create only once. What is asked for is written down first;
an answer that is lost is looked up by our id, and an empty look-up right afterwards proves
nothing. No function here may run inside a unit.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import phonenumbers
from django.conf import settings
from django.db.models import F, Q

from practice import audit, connect, likeness, link, locks, tenancy
from practice.link import Evidence, NotLinked, as_row
from practice.models import Connection, Membership, Patient, PatientCreation
from practice.vendors.contract import (
    AccessRevoked,
    BadAnswer,
    PatientRow,
    Refused,
    Unavailable,
    VendorError,
)

State = PatientCreation.State
FIRST_LOOK = dt.timedelta(seconds=20)
LONGEST_WAIT = dt.timedelta(hours=1)
# After this long without a trace it may be asked for again.
SETTLES_IN = dt.timedelta(minutes=15)
GIVES_UP_AFTER = dt.timedelta(days=2)  # where the vendor cannot even be asked


def run(
    connection: Connection,
    patient: Patient,
    by: Membership,
    now: dt.datetime,
    *,
    welcome: bool,
    may_text: bool = False,
):
    """Creates the patient there and links it. `welcome` lets the vendor e-mail the patient,
    `may_text` gives it the phone number. One at a time for each patient. Raises NotLinked and
    the contract's errors."""
    label = connection.label
    if not patient.email:
        raise NotLinked(f"{label} needs an e-mail address. Add one to the patient's details.")
    row = as_row(patient)
    if may_text:
        row = dataclasses.replace(row, phone=mobile_number(patient))
    with locks.held("create-patient", patient.pk):
        _refuse_linked(connection, patient)
        asked = _open_one(connection, patient)
        if asked is not None and (found := _look(asked, now)):
            return found
        known = connect.call(connection, lambda client: client.patients_by_our_id(row.our_id))
        if known:
            raise NotLinked(f"{label} holds this patient already. Confirm the one marked below.")
        if asked is not None:
            _refuse_too_early(connection, patient, asked, now)
        return _ask(connection, patient, row, by, now, welcome)


def mobile_number(patient: Patient) -> str:
    """The patient's number where a vendor may have it: of the United States or Canada. Raises
    NotLinked."""
    region = phonenumbers.region_code_for_number(patient.phone) if patient.phone else ""
    if region not in ("US", "CA"):
        raise NotLinked("Only phone numbers of the United States and Canada can be given.")
    return patient.phone.as_e164


def may_give_number(patient: Patient) -> bool:
    try:
        return bool(mobile_number(patient))
    except NotLinked:
        return False


def waiting(patient: Patient, connection: Connection | None) -> PatientCreation | None:
    """What was asked for at that account, by whomever, and has no answer yet, in the caller's
    unit."""
    if connection is None:
        return None
    asked = PatientCreation.objects.for_practice(patient.practice_id).filter(
        patient=patient,
        connection__vendor=connection.vendor,
        connection__account_id=connection.account_id,
        state=State.OPEN,
    )
    return asked.select_related("asked_by").first()


def settle(creation_id: int, now: dt.datetime) -> None:
    """A worker looks whether it happened."""
    lease = now + dt.timedelta(seconds=settings.LEASE_SECONDS)
    with tenancy.unit():
        mine = _unsettled(now).filter(pk=creation_id)
        if not mine.update(lease_until=lease, attempts=F("attempts") + 1):
            return
        asked = PatientCreation.objects.select_related(
            "patient", "asked_by", "connection__practice"
        ).get(pk=creation_id)
    try:
        if _look(asked, now):
            return
    except VendorError as error:
        if now - asked.asked_at >= GIVES_UP_AFTER:
            _not_made(asked, now)  # asking again looks there first
        else:
            _later(asked, now, type(error).__name__)
        return
    except NotLinked:  # they are there, and somebody has to say who they are
        with tenancy.unit():
            asked.settle(State.MADE, now)
        return
    if now - asked.asked_at >= SETTLES_IN:
        with tenancy.unit():
            asked.settle(State.NOT_MADE, now)
    else:
        _later(asked, now, "")


def due(now: dt.datetime, limit: int = 200) -> list[tuple[int, int]]:
    """(practice id, id) of those to look up. In the all-practices scope."""
    with tenancy.unit():
        rows = _unsettled(now).filter(practice__suspended_at__isnull=True)
        return list(rows.order_by("pk").values_list("practice_id", "pk")[:limit])


def _ask(connection, patient, row: PatientRow, by, now, welcome):
    label = connection.label
    with tenancy.unit():
        asked = PatientCreation.objects.create(
            practice_id=patient.practice_id,
            patient=patient,
            connection=connection,
            asked_by=by,
            our_id=row.our_id,
            asked_at=now,
            not_before_at=now + FIRST_LOOK,
        )
    try:
        made = connect.call(
            connection, lambda client: client.create_patient(row, send_welcome_email=welcome)
        )
    except (Unavailable, BadAnswer) as error:
        if isinstance(error, BadAnswer) or error.maybe_done:
            _note_sent(connection, patient, "no answer")
            raise NotLinked(
                f"{label} did not confirm, so the patient may have been created. Regimen looks "
                "for them there and links them when they appear; nothing is asked for twice."
            )
        _not_made(asked, now)
        raise
    except AccessRevoked:
        _not_made(asked, now)
        raise
    except Refused as refusal:
        _not_made(asked, now)
        _note_sent(connection, patient, "refused")
        raise NotLinked(f"{label} did not create the patient. {refusal.message}".strip())
    _note_sent(connection, patient, "done")
    return link.make(connection, patient, made, Evidence.CREATED, by, now)


def _note_sent(connection, patient, outcome: str):
    """Has the audit trail say that the patient's details left for the vendor."""
    with tenancy.unit():
        audit.note(
            audit.Action.SENT,
            practice_id=patient.practice_id,
            kind="practice:patient-link-create",
            patient_id=patient.pk,
            vendor=connection.vendor,
            road="api",
            outcome=outcome,
        )


def _look(asked: PatientCreation, now):
    """Links whom the vendor holds with our id. None where nobody is there yet; raises NotLinked
    where a person has to say who it is, and the contract's errors."""
    connection, patient = asked.connection, asked.patient
    found = connect.call(connection, lambda client: client.patients_by_our_id(asked.our_id))
    if not found:
        return None
    if len(found) > 1 or likeness.of(patient, found[0]).contradicts:
        raise NotLinked(
            f"{connection.label} holds this patient already. Confirm the one marked below."
        )
    return link.make(connection, patient, found[0], Evidence.CREATED, asked.asked_by, now)


def _refuse_linked(connection, patient):
    with tenancy.unit():
        linked = link.current(patient).filter(
            vendor=connection.vendor, account_id=connection.account_id
        )
        if linked.exists():
            raise NotLinked(f"This patient is linked at {connection.label} already.")


def _refuse_too_early(connection, patient, asked, now):
    """A lost answer may still turn up: by our id, or by the e-mail where that was not kept."""
    if now - asked.asked_at < SETTLES_IN:
        raise NotLinked(
            f"{connection.label} was asked a moment ago and did not say whether it happened. "
            "Regimen is looking. Try again in a quarter of an hour, should nobody appear."
        )
    alike = connect.call(connection, lambda client: client.search_patients(patient.email))
    if any(likeness.of(patient, row).name.agrees for row in alike):
        raise NotLinked(
            f"{connection.label} holds somebody of this name and e-mail address by now. "
            "Compare them below."
        )
    _not_made(asked, now)


def _open_one(connection, patient) -> PatientCreation | None:
    with tenancy.unit():
        asked = waiting(patient, connection)
        if asked is not None:
            asked.connection, asked.patient = connection, patient
        return asked


def _not_made(asked, now):
    with tenancy.unit():
        asked.settle(State.NOT_MADE, now)


def _later(asked, now, error: str):
    wait = min(FIRST_LOOK * 2 ** min(asked.attempts, 10), LONGEST_WAIT)
    with tenancy.unit():
        PatientCreation.objects.filter(pk=asked.pk, state=State.OPEN).update(
            not_before_at=now + wait, lease_until=None, last_error=error
        )


def _unsettled(now):
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    return PatientCreation.objects.filter(free, state=State.OPEN).due(now)
