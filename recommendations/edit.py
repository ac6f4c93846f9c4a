"""Changes of a draft. Each runs in a unit that holds the plan's row (`open_draft`), so that
two editors queue; a change counts in `plan.revision`.
"""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal, InvalidOperation

from django.core import signing
from django.db.models import Max, Q

from catalog.models import Listing
from practice import timeline
from practice.models import Membership, Patient, PatientEvent
from practice.vendors import registry
from practice.vendors.contract import Dose as ContractDose
from practice.vendors.contract import Slot
from recommendations import lines
from recommendations.lines import ItemValues, MessageValues, PackValues
from recommendations.models import Dose, Pack, PackPill, Plan, PlanItem

UNDO_SECONDS = 60 * 60
FIELDS = ("units", "duration_days", "as_needed", "sig", "notes")  # of a line, besides its doses


class Stale(Exception):
    """Somebody changed the same line meanwhile. `current` are the values that stand."""

    def __init__(self, current):
        super().__init__("changed meanwhile")
        self.current = current


class AlreadyThere(Exception):
    """The product is on the plan (or in the pack) already: `row` is where."""

    def __init__(self, row):
        super().__init__("already there")
        self.row = row


class CannotRestore(Exception):
    """What was removed cannot be brought back. `str()` is for the person."""


def start(patient: Patient, clinician: Membership, *, by: Membership, now) -> Plan:
    """A draft for `patient`. A draft that nobody touched yet is taken up again."""
    untouched = Plan.objects.for_practice(patient.practice_id).filter(
        patient=patient, clinician=clinician, state=Plan.State.DRAFT, revision=0
    )
    plan = untouched.first()
    if plan is None:
        plan = Plan.objects.create(
            practice_id=patient.practice_id, patient=patient, clinician=clinician
        )
        timeline.note(
            patient,
            PatientEvent.Kind.PLAN,
            "Plan started",
            source=_started(plan),
            happened_at=now,
            by=by.name,
            view_name="recommendations:plan-detail",
            object_id=plan.pk,
        )
    return plan


def discard(plan: Plan, *, by: Membership, now) -> None:
    """Deletes a draft. The patient's timeline keeps that it was there."""
    PatientEvent.objects.for_practice(plan.practice_id).filter(source=_started(plan)).update(
        view_name="", object_id=None
    )
    timeline.note(
        plan.patient,
        PatientEvent.Kind.PLAN,
        "Draft plan discarded",
        source=f"plan:{plan.pk}:discarded",
        happened_at=now,
        by=by.name,
    )
    plan.delete()


def orderable(plan: Plan):
    """Listings this plan's clinician can order: shared ones, and of their practice's own
    those fetched for nobody else."""
    return Listing.objects.filter(
        Q(practice__isnull=True) | Q(practice_id=plan.practice_id),
        Q(connection__isnull=True) | Q(connection__membership_id=plan.clinician_id),
    ).defer("raw", "description_html", "facts_html")


def add(plan: Plan, listing: Listing) -> PlanItem:
    """Puts a bottle on the plan with the vendor's default dose, or its words as they stand
    where they are directions."""
    known = plan.items.filter(listing=listing).first()
    if known:
        raise AlreadyThere(known)
    doses = default_doses(listing)
    item = PlanItem.objects.create(
        practice_id=plan.practice_id,
        plan=plan,
        listing=listing,
        position=next_position(plan),
        sig="" if doses else _directions(listing),
    )
    _put_doses(item, doses)
    plan.touch()
    return item


def change(item: PlanItem, wanted: ItemValues, seen: str) -> bool:
    """Saves `wanted` over the line that had the mark `seen`. False when nothing changes.
    Raises Stale when the line is no longer what was seen."""
    current = ItemValues.of(item)
    if not _moves(current, wanted, seen):
        return False
    for name in FIELDS:
        setattr(item, name, getattr(wanted, name))
    item.save(update_fields=FIELDS)
    if wanted.doses != current.doses:
        item.doses.all().delete()
        _put_doses(item, wanted.doses)
    item.plan.touch()
    return True


def say(plan: Plan, wanted: MessageValues, seen: str) -> bool:
    """Saves the message to the patient. Raises Stale as `change` does."""
    if not _moves(MessageValues.of(plan), wanted, seen):
        return False
    plan.message, plan.notify_patient = wanted.message, wanted.notify_patient
    plan.save(update_fields=["message", "notify_patient", "updated_at"])
    plan.touch()
    return True


def change_pack(pack: Pack, wanted: PackValues, seen: str) -> bool:
    """Saves a pack and all its pills. Raises Stale as `change` does."""
    if not _moves(PackValues.of(pack), wanted, seen):
        return False
    for name in ("name", "units", "duration_days", "notes"):
        setattr(pack, name, getattr(wanted, name))
    pack.save(update_fields=["name", "units", "duration_days", "notes"])
    pack.pills.all().delete()
    _put_pills(pack, wanted.pills)
    pack.plan.touch()
    return True


def remove(row: PlanItem | Pack) -> str:
    """Takes a line off the plan. Gives the signed words that `restore` brings it back from:
    they live in the page of who removed it, and nowhere else."""
    if isinstance(row, PlanItem):
        held = {"item": row.listing_id, "values": asdict(ItemValues.of(row))}
    else:
        held = {
            "pack": [row.listing_vendor, row.sku],
            "values": asdict(PackValues.of(row)),
        }
    plan = row.plan
    token = signing.dumps(
        held | {"position": row.position}, salt=_salt(plan), serializer=_Texts, compress=True
    )
    row.delete()
    plan.touch()
    return token


def restore(plan: Plan, token: str) -> PlanItem | Pack:
    """Brings a removed line back to its place. Raises CannotRestore, AlreadyThere."""
    try:
        held = signing.loads(token, salt=_salt(plan), serializer=_Texts, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        raise CannotRestore("This can no longer be undone. Add the product again.")
    values = held["values"]
    if "pack" in held:
        vendor, sku = held["pack"]
        pills = values.pop("pills")
        row = Pack.objects.create(
            practice_id=plan.practice_id,
            plan=plan,
            listing_vendor=vendor,
            sku=sku,
            position=held["position"],
            **values,
        )
        _put_pills(row, pills)
    else:
        known = plan.items.filter(listing_id=held["item"]).first()
        if known:
            raise AlreadyThere(known)
        doses = values.pop("doses")
        row = PlanItem.objects.create(
            practice_id=plan.practice_id,
            plan=plan,
            listing_id=held["item"],
            position=held["position"],
            **values,
        )
        _put_doses(
            row,
            [ContractDose(Slot(d["slot"]), Decimal(d["quantity"]), d["with_food"]) for d in doses],
        )
    plan.touch()
    return row


def put(plan: Plan, listing: Listing, values: ItemValues) -> PlanItem:
    """A new last line as `values` say. The caller counts the change (`plan.touch`)."""
    item = PlanItem.objects.create(
        practice_id=plan.practice_id,
        plan=plan,
        listing=listing,
        position=next_position(plan),
        **{name: getattr(values, name) for name in FIELDS},
    )
    _put_doses(item, values.doses)
    return item


def remember(plan: Plan, items: Iterable[PlanItem], message: str = "") -> str:
    """The signed words that `take_back` undoes an addition of several lines by."""
    added = [[item.pk, lines.mark(ItemValues.of(item))] for item in items]
    held = {"added": added, "message": message}
    return signing.dumps(held, salt=_salt(plan), serializer=_Texts, compress=True)


def take_back(plan: Plan, token: str) -> list[str]:
    """Takes off again what was added at once. Names the lines that were changed since and
    stay. Raises CannotRestore."""
    try:
        held = signing.loads(token, salt=_salt(plan), serializer=_Texts, max_age=UNDO_SECONDS)
        added = dict(held["added"])
    except (signing.BadSignature, KeyError):
        raise CannotRestore("This can no longer be undone. Remove the products one by one.")
    kept = []
    items = plan.items.filter(pk__in=added).select_related("listing").prefetch_related("doses")
    for item in items:
        if lines.mark(ItemValues.of(item)) == added[item.pk]:
            item.delete()
        else:
            kept.append(item.listing.name)
    if held["message"] and plan.message == held["message"]:
        plan.message = ""
        plan.save(update_fields=["message", "updated_at"])
    plan.touch()
    return kept


def next_position(plan: Plan) -> int:
    """After the last line, product or pack."""
    last = plan.items.aggregate(last=Max("position"))["last"]
    last_pack = plan.packs.aggregate(last=Max("position"))["last"]
    return max(-1 if last is None else last, -1 if last_pack is None else last_pack) + 1


def _directions(listing: Listing) -> str:
    """The vendor's advice in words, where it may stand as directions."""
    vendor = registry.VENDORS[listing.vendor]
    return listing.default_sig if vendor.advice_is_directions else ""


def default_doses(listing: Listing) -> tuple[ContractDose, ...]:
    """The vendor's advice as numbers; () unless every part of it is one we can keep."""
    found = []
    for dose in listing.default_doses:
        try:
            slot, quantity = Slot(dose["slot"]), Decimal(dose["quantity"])
        except (KeyError, TypeError, ValueError, InvalidOperation):
            return ()
        if not 0 < quantity <= 99 or quantity != round(quantity, 2):
            return ()
        found.append(ContractDose(slot, quantity, dose.get("with_food")))
    slots = [dose.slot for dose in found]
    return tuple(found) if len(set(slots)) == len(slots) else ()


def _moves(current, wanted, seen: str) -> bool:
    if wanted == current:
        return False
    if seen != lines.mark(current):
        raise Stale(current)
    return True


def _put_doses(item, doses):
    Dose.objects.bulk_create(
        Dose(
            practice_id=item.practice_id,
            item=item,
            slot=dose.slot.value,
            quantity=dose.quantity,
            with_food=dose.with_food,
        )
        for dose in doses
    )


def _put_pills(pack, pills):
    PackPill.objects.bulk_create(
        PackPill(
            practice_id=pack.practice_id,
            pack=pack,
            listing_id=listing_id,
            slot=slot,
            quantity=quantity,
        )
        for listing_id, slot, quantity in pills
    )


def _started(plan) -> str:
    return f"plan:{plan.pk}:started"


def _salt(plan) -> str:
    return f"removed:{plan.practice_id}:{plan.pk}"


class _Texts(signing.JSONSerializer):
    """JSON that writes decimals as text."""

    def dumps(self, obj):
        return super().dumps(_plain(obj))


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Decimal) else value
