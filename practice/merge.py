"""Making two records of one person one.

The rows of the merged patient move to the kept one, in whichever app they are; what was
moved, taken and ended stands in `PatientMerge`, so that `unmerge` can undo it. The merged
record stays, archived, and leads to the kept one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import IntegrityError
from django.db.models import Q

from practice import belongings, covering, tenancy, timeline
from practice.merge_values import FIELDS, allergies_of_both, plain
from practice.models import Membership, Patient, PatientEvent, PatientLink, PatientMerge

_obstacles: list[Callable[[list[int]], str | None]] = []


class NotMerged(Exception):
    """Nothing was merged or undone. `str()` is for the person."""


def add_obstacle(function: Callable[[list[int]], str | None]) -> None:
    """`function(patient_ids)` says why none of them may be merged now, or None. It runs in
    the unit that merges and locks what it looked at."""
    _obstacles.append(function)


def refuse_obstacles(patient_ids: list[int]) -> None:
    for function in _obstacles:
        if reason := function(patient_ids):
            raise NotMerged(reason)


def of(patient):
    """The merges that `patient` was part of, undone ones too, newest first. `patient` may be
    an OuterRef."""
    return PatientMerge.objects.filter(Q(kept=patient) | Q(merged=patient))


def seen(one: Patient, other: Patient) -> str:
    """What a person was shown of both: another word once one of the two has changed."""
    first, second = sorted((one, other), key=lambda patient: patient.pk)
    return f"{first.updated_at.isoformat()} {second.updated_at.isoformat()}"


def merge(
    kept: Patient,
    merged: Patient,
    chosen: dict[str, str],
    *,
    shown: str,
    by: Membership,
    now: dt.datetime,
) -> PatientMerge:
    """Merges `merged` into `kept`, in the caller's unit. `chosen` says of each group of
    fields from which patient's id it is taken, or "both" for allergies. Raises NotMerged."""
    kept, merged = hold(kept.practice_id, kept.pk, merged.pk)
    _check(kept, merged, shown, by)
    held = {relation: relation.hold(merged.pk) for relation in belongings.relations()}
    refuse_obstacles([kept.pk, merged.pk])
    made = PatientMerge(
        practice_id=kept.practice_id,
        kept=kept,
        merged=merged,
        merged_at=now,
        merged_by=by.name,
        archived_before_at=merged.archived_at,
        ended=_end_links(kept, merged, now),
        moved={relation.key: ids for relation, ids in held.items() if ids},
    )
    for relation, ids in held.items():
        move(relation, ids, kept)
    made.taken = _take(kept, merged, chosen)
    merged.merged_into = kept
    merged.archived_at = merged.archived_at or now
    merged.save(update_fields=["merged_into", "archived_at", "updated_at"])
    made.save()
    note(made, "Another record was merged into this one", "Merged into another record", "done", now)
    return made


def hold(practice_id: int, kept_id: int, merged_id: int) -> tuple[Patient, Patient]:
    """Both, as they stand now, locked in the order of their ids. Raises NotMerged."""
    if kept_id == merged_id:
        raise NotMerged("A record cannot be merged with itself.")
    ours = Patient.objects.for_practice(practice_id).filter(pk__in=[kept_id, merged_id])
    held = {patient.pk: patient for patient in ours.order_by("pk").held()}
    if len(held) < 2:
        raise NotMerged("One of the two records is not here any more.")
    return held[kept_id], held[merged_id]


def move(relation, ids: list[int], to: Patient) -> None:
    try:
        with tenancy.unit():
            relation.rows(pk__in=ids).update(**{relation.field: to})
    except IntegrityError:
        raise NotMerged(
            f"Both records have {relation.words} that can stand only once. Look at them first."
        ) from None


def note(made: PatientMerge, on_kept: str, on_merged: str, what: str, now: dt.datetime) -> None:
    """A line on each timeline that leads to the merge."""
    for patient, other, text in (
        (made.kept, made.merged, on_kept),
        (made.merged, made.kept, on_merged),
    ):
        timeline.note(
            patient,
            PatientEvent.Kind.PATIENT,
            text,
            source=f"merge:{made.pk}:{what}:{patient.pk}",
            happened_at=now,
            by=made.undone_by or made.merged_by,
            detail=f"The other record is number {other.pk}.",
            view_name="practice:merge-detail",
            object_id=made.pk,
        )


def _check(kept: Patient, merged: Patient, shown: str, by: Membership) -> None:
    if kept.merged_into_id or merged.merged_into_id:
        raise NotMerged("One of the two was merged already. Look at the patient again.")
    if kept.archived_at:
        raise NotMerged("The record to keep is archived. Restore it first, or keep the other one.")
    if shown != seen(kept, merged):
        raise NotMerged(
            "One of the two was changed meanwhile. Nothing was merged: compare them once more."
        )
    if covering.is_restricted(by) and kept.practitioner_id != merged.practitioner_id:
        raise NotMerged(
            "The two records have different practitioners. Ask an owner of the practice to merge "
            "them."
        )


def _end_links(kept: Patient, merged: Patient, now: dt.datetime) -> list[int]:
    """Ends the merged patient's links at accounts where the kept one is linked, too."""
    current = PatientLink.objects.for_practice(kept.practice_id).filter(unlinked_at__isnull=True)
    linked = set(current.filter(patient=kept).values_list("vendor", "account_id"))
    double = [
        link for link in current.filter(patient=merged) if (link.vendor, link.account_id) in linked
    ]
    for link in double:
        link.unlink(now)
    return [link.pk for link in double]


def _take(kept: Patient, merged: Patient, chosen: dict[str, str]) -> dict[str, list]:
    """Writes the chosen values into `kept`. Answers field to [former value, taken value]."""
    taken = {}
    for key, fields in FIELDS.items():
        for field in fields:
            value = getattr(merged if chosen.get(key) == str(merged.pk) else kept, field)
            if key == "allergies" and (chosen.get(key) or "both") == "both":
                value = allergies_of_both(kept, merged)
            former = getattr(kept, field)
            if value != former:
                taken[field] = [plain(former), plain(value)]
                setattr(kept, field, value)
    limit = Patient._meta.get_field("allergies").max_length
    if len(kept.allergies) > limit:
        raise NotMerged(
            f"Together the allergies are longer than {limit} characters. Shorten them on one of "
            "the two records first."
        )
    names = [name.removesuffix("_id") for name in taken]
    kept.save(update_fields=[*names, "updated_at"])
    return taken
