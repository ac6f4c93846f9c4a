"""Undoing a merge: exactly what was moved goes back, and what happened since stays.

A value that was edited since stays with the kept record, and so does everything that was
made since; `PatientMerge.left` says so in words.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError

from practice import belongings, merge, tenancy
from practice.merge import NotMerged
from practice.merge_values import label_of, plain
from practice.models import Membership, Patient, PatientLink, PatientMerge


def undo(made: PatientMerge, *, by: Membership, now: dt.datetime) -> PatientMerge:
    """Undoes a merge in the caller's unit. Raises NotMerged with the reason why not."""
    made = PatientMerge.objects.select_for_update(of=["self"]).get(pk=made.pk)
    if made.undone_at:
        raise NotMerged("This merge was undone already.")
    kept, merged = merge.hold(made.practice_id, made.kept_id, made.merged_id)
    if kept.merged_into_id:
        raise NotMerged("The kept record was merged into another one since. Undo that first.")
    known = belongings.by_key()
    returning = {
        known[key]: list(
            known[key]
            .of(kept.pk)
            .filter(pk__in=ids)
            .order_by("pk")
            .select_for_update(of=["self"])
            .values_list("pk", flat=True)
        )
        for key, ids in made.moved.items()
        if key in known
    }
    merge.refuse_obstacles([kept.pk])
    for relation, ids in returning.items():
        merge.move(relation, ids, merged)
    made.left = {
        "values": _give_back(kept, made.taken),
        "links": _reopen(made),
        "made_since": _made_since(kept, made),
    }
    merged.merged_into = None
    merged.archived_at = made.archived_before_at
    merged.save(update_fields=["merged_into", "archived_at", "updated_at"])
    made.kept, made.merged = kept, merged
    made.undone_at, made.undone_by = now, by.name
    made.save(update_fields=["left", "undone_at", "undone_by"])
    merge.note(
        made, "A merge was undone", "A merge was undone: this is a record of its own again",
        "undone", now,
    )  # fmt: skip
    return made


def _give_back(kept: Patient, taken: dict[str, list]) -> list[str]:
    """Puts the former values back. Answers the labels of those that were edited since."""
    edited, back = [], []
    for field, (former, was_taken) in taken.items():
        if plain(getattr(kept, field)) != was_taken:
            edited.append(label_of(field))
            continue
        setattr(kept, field, Patient._meta.get_field(field).to_python(former))
        back.append(field.removesuffix("_id"))
    kept.save(update_fields=[*back, "updated_at"])
    return list(dict.fromkeys(edited))


def _reopen(made: PatientMerge) -> list[str]:
    """Opens the links again that the merge ended. Answers the vendors of those that cannot be:
    somebody else is linked there by now."""
    left = []
    ended = PatientLink.objects.for_practice(made.practice_id).filter(
        pk__in=made.ended, unlinked_at=made.merged_at
    )
    for link in ended:
        try:
            with tenancy.unit():
                link.unlinked_at = None
                link.save(update_fields=["unlinked_at"])
        except IntegrityError:
            left.append(link.vendor)
    return left


def _made_since(kept: Patient, made: PatientMerge) -> list[list]:
    """[what, how many] of the kept patient's rows that are younger than the merge."""
    found = []
    for relation in belongings.relations():
        if not relation.tells_when_made or relation.model is Patient:
            continue
        number = relation.of(kept.pk).filter(created_at__gt=made.merged_at).count()
        if number:
            found.append([relation.words, number])
    return found
