"""Plans that were made at a vendor itself: kept beside ours, read-only.

Read where a patient is linked, over the account of a clinician of the practice: when the link
is made, once a night, when somebody presses "Look again", and when a webhook tells of one.
The vendor is called between units.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q

from catalog import learn
from practice import connect, sealing, tenancy, timeline
from practice.models import Connection, Patient, PatientEvent, PatientLink
from practice.vendors import registry
from practice.vendors.contract import Ability, AccessRevoked, HeldPlan, VendorError
from recommendations import compare, read_back
from recommendations.models import AddressReading, OutsidePlan, Plan, PlanReading, Sending

State = OutsidePlan.State
TOLD = {
    State.ACTIVE: "Plan made at {label}",
    State.CANCELLED: "Plan made at {label} was cancelled there",
}
PAGE = "recommendations:outside-plan"
NIGHT, NIGHT_MINUTES = 2, 180
AFTER_TROUBLE = dt.timedelta(minutes=20)
WITHOUT_ACCESS = dt.timedelta(days=1)


def is_read(vendor_key: str) -> bool:
    """Whether the plans of a patient who is linked there are."""
    return connect.offers(vendor_key, Ability.PLAN_HISTORY)


def by_address(vendor_key: str) -> bool:
    """Whether it knows patients by their e-mail (`history_by_address`)."""
    return registry.VENDORS[vendor_key].plans_of_address is not None


# --- Reading


def read(connection: Connection, link: PatientLink, now: dt.datetime) -> int:
    """Reads the linked patient's plans over `connection` and keeps those that are none of
    ours; gives how many are new. Raises the contract's errors. Not inside a unit."""
    held = connect.call(connection, lambda client: client.plans_of_patient(link.vendor_patient_id))
    learn.variants(connection, {line.sku for plan in held for line in plan.lines}, now)
    with tenancy.unit():
        if not PatientLink.objects.standing().filter(pk=link.pk).exists():
            return 0
        wanted = not_ours(connection, held)
        kept = {plan.id for plan in wanted}
        ours = [plan.id for plan in held if plan.id not in kept]
        leave_out(connection.practice_id, connection.vendor, ours)
        return sum(keep(connection, link.patient, plan, now) for plan in wanted)


def keep_one(connection: Connection, held: HeldPlan, now: dt.datetime) -> None:
    """Keeps a plan that a webhook told of and nobody here made, where its patient is linked."""
    with tenancy.unit():
        link = (
            PatientLink.objects.for_practice(connection.practice_id)
            .standing()
            .select_related("patient")
            .filter(
                vendor=connection.vendor,
                account_id=connection.account_id,
                vendor_patient_id=held.patient_id,
            )
            .first()
        )
        if link and is_read(connection.vendor):
            for plan in not_ours(connection, [held]):
                keep(connection, link.patient, plan, now)


def leave_out(practice_id: int, vendor: str, plan_ids: list[str]) -> None:
    """Forgets plans that turned out to be ours, and what the timeline said of them as others';
    in the caller's unit."""
    rows = OutsidePlan.objects.filter(
        practice_id=practice_id, vendor=vendor, vendor_plan_id__in=plan_ids
    )
    PatientEvent.objects.filter(
        practice_id=practice_id, view_name=PAGE, object_id__in=rows.values("pk")
    ).delete()
    rows.delete()


def not_ours(connection: Connection, held: Iterable[HeldPlan]) -> list[HeldPlan]:
    """Neither one of our sendings, nor one on its way that is not known by its number yet."""
    ours = Sending.objects.filter(practice_id=connection.practice_id, vendor=connection.vendor)
    known = set(
        ours.filter(vendor_plan_id__in=[plan.id for plan in held]).values_list(
            "vendor_plan_id", flat=True
        )
    )
    carried = {plan.our_id for plan in held if plan.our_id}
    references = set(
        ours.filter(reference__in=carried).values_list("reference", flat=True) if carried else ()
    )
    printed = {plan.reference for plan in held if plan.reference}
    signed = Plan.objects.filter(practice_id=connection.practice_id, reference__in=printed)
    signed = set(signed.values_list("reference", flat=True) if printed else ())
    return [
        plan
        for plan in held
        if plan.id not in known and plan.our_id not in references and plan.reference not in signed
    ]


def keep(connection: Connection, patient: Patient, held: HeldPlan, now: dt.datetime) -> bool:
    """Writes what the vendor holds of a patient. True for a plan that was not known. In the
    caller's unit."""
    state = held.state if held.state in State.values else State.UNKNOWN
    raw = json.dumps(held.raw, sort_keys=True)
    row, is_new = OutsidePlan.objects.get_or_create(
        practice_id=connection.practice_id,
        vendor=connection.vendor,
        vendor_plan_id=held.id[:120],
        defaults={
            "patient_id": patient.pk,
            "account_id": connection.account_id,
            "state": state,
            "read_at": now,
        },
    )
    was = None if is_new else row.state
    if not is_new and row.patient_id == patient.pk and sealing.unseal(row, "raw") == raw:
        row.read_at = now
        row.save(update_fields=["read_at"])
        return False
    row.patient_id, row.state, row.raw_state = patient.pk, state, held.raw_state[:60]
    whose = held.practitioner_id or held.practitioner_email.lower()
    row.practitioner_id, row.link = whose[:120], held.link[:500]
    row.lines = lines_of(connection.practice_id, connection.vendor, held)
    row.made_at, row.read_at = held.sent_at, now
    sealing.seal(row, "raw", raw)
    row.save()
    if by_address(connection.vendor):
        # What its words for a state mean is not known: only that it was sent.
        if is_new:
            _note(row, patient, State.ACTIVE, now)
    elif state in TOLD and state != was:
        _note(row, patient, state, now)
    return is_new


def lines_of(practice_id: int, vendor: str, held: HeldPlan) -> list[dict]:
    names = read_back.names_of(practice_id, vendor, [line.sku for line in held.lines])
    return [
        {
            "sku": line.sku,
            "name": names.get(line.sku, "") or line.name,
            "units": line.units,
            "how": line.reads or compare.how(line),
            "notes": line.notes,
        }
        for line in held.lines
    ]


def shown(plan: OutsidePlan) -> list[dict]:
    """The plan's lines with the names that the catalogue knows by now; the SKU where none."""
    names = read_back.names_of(plan.practice_id, plan.vendor, [line["sku"] for line in plan.lines])
    return [
        line | {"name": names.get(line["sku"]) or line["name"] or line["sku"]}
        for line in plan.lines
    ]


def practitioner(plan: OutsidePlan) -> str:
    """Whose it is there, where that is a clinician of ours; ''."""
    if not plan.practitioner_id:
        return ""
    found = (
        Connection.objects.for_practice(plan.practice_id)
        .filter(
            Q(practitioner_id=plan.practitioner_id) | Q(email__iexact=plan.practitioner_id),
            vendor=plan.vendor,
        )
        .select_related("membership")
        .first()
    )
    return found.membership.name if found else ""


def _note(row: OutsidePlan, patient: Patient, state: str, now: dt.datetime) -> None:
    happened = row.made_at if state == State.ACTIVE and row.made_at else now
    timeline.note(
        patient,
        PatientEvent.Kind.PLAN,
        TOLD[state].format(label=row.label),
        source=f"outside:{row.pk}:{state}",
        happened_at=happened,
        view_name=PAGE,
        object_id=row.pk,
    )


# --- By itself


def on_linked(link: PatientLink, now: dt.datetime) -> None:
    """Has the patient's plans read soon. In the caller's unit."""
    if is_read(link.vendor):
        PlanReading.objects.update_or_create(
            practice_id=link.practice_id, link=link, defaults={"not_before_at": now}
        )


def plan_readings(now: dt.datetime, limit: int = 5000) -> None:
    """Links that came another way get their reading. In the all-practices scope."""
    vendors = [vendor.key for vendor in connect.offering(Ability.PLAN_HISTORY)]
    with tenancy.unit():
        known = PlanReading.objects.values("link_id")
        links = PatientLink.objects.standing().filter(vendor__in=vendors).exclude(pk__in=known)
        rows = [
            PlanReading(practice_id=practice_id, link_id=pk, not_before_at=now)
            for pk, practice_id in links.values_list("pk", "practice_id")[:limit]
        ]
        PlanReading.objects.bulk_create(rows, ignore_conflicts=True)


def run(reading_id: int, now: dt.datetime) -> None:
    """One reading by a worker. Does nothing when somebody else is about it."""
    reading = _claim(reading_id, now)
    if reading is None:
        return
    link = reading.link
    with tenancy.unit():
        connection = account_for(link)
    if link.unlinked_at or link.patient.archived_at or link.patient.merged_into_id:
        _rest(reading, None, "")
    elif connection is None:
        _rest(reading, now + WITHOUT_ACCESS, "Nobody's account there may be used.")
    else:
        try:
            read(connection, link, now)
        except AccessRevoked:
            _rest(reading, now + WITHOUT_ACCESS, "The account may not read plans.")
        except VendorError as error:
            wait = dt.timedelta(seconds=getattr(error, "retry_after", None) or 0)
            _rest(reading, now + max(wait, AFTER_TROUBLE), "The vendor was not available.")
        else:
            _rest(reading, next_night(reading, now), "", read_at=now)


def account_for(link: PatientLink) -> Connection | None:
    """Whose account reads this patient's plans by itself: the one that the link was made
    with, else that of the patient's own practitioner."""
    active = Connection.objects.active().filter(
        practice_id=link.practice_id,
        vendor=link.vendor,
        account_id=link.account_id,
        membership__deactivated_at__isnull=True,
    )
    own = Q(pk=link.connection_id) | Q(membership_id=link.patient.practitioner_id or 0)
    found = list(active.filter(own))
    return next((one for one in found if one.pk == link.connection_id), None) or next(
        iter(found), None
    )


def next_night(reading: PlanReading | AddressReading, now: dt.datetime) -> dt.datetime:
    """Tomorrow night where the practice is, spread over three hours."""
    zone = reading.practice.zone
    day = now.astimezone(zone).date() + dt.timedelta(days=1)
    start = dt.datetime.combine(day, dt.time(NIGHT), tzinfo=zone)
    return start + dt.timedelta(minutes=reading.pk % NIGHT_MINUTES)


def due(now: dt.datetime, limit: int = 300, *, of=PlanReading) -> list[tuple[int, int]]:
    """(practice id, reading id) of what is to be read now, of one kind of reading."""
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        rows = of.objects.filter(
            free, not_before_at__lte=now, practice__suspended_at__isnull=True
        ).order_by("not_before_at", "id")
        return list(rows.values_list("practice_id", "pk")[:limit])


def _claim(reading_id: int, now: dt.datetime) -> PlanReading | None:
    with tenancy.unit():
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        mine = PlanReading.objects.filter(free, pk=reading_id, not_before_at__lte=now).update(
            lease_until=now + dt.timedelta(seconds=settings.LEASE_SECONDS)
        )
        rows = PlanReading.objects.select_related("practice", "link__patient")
        return rows.get(pk=reading_id) if mine else None


def _rest(reading, until: dt.datetime | None, why: str, **values) -> None:
    with tenancy.unit():
        PlanReading.objects.filter(pk=reading.pk, lease_until=reading.lease_until).update(
            not_before_at=until, lease_until=None, last_error=why, **values
        )
