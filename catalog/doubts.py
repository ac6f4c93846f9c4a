"""Questions that matching leaves to a person, written down as `Review` rows."""

from __future__ import annotations

from dataclasses import asdict, replace

from catalog.candidates import Table
from catalog.models import Review


def record(practice_id: int | None, table: Table) -> None:
    """Writes down the open questions about a batch, and forgets those that it answered. Works
    inside a unit."""
    asked = {doubt.pair: doubt for doubt in table.doubts()}
    mine = Review.objects.owned_by(practice_id)
    known = {}
    for key in ("one__in", "other__in"):
        known |= {(row.one_id, row.other_id): row for row in mine.filter(**{key: table.todo})}
    fresh, again = [], []
    for pair, doubt in asked.items():
        row = known.get(pair) or Review(practice_id=practice_id, one_id=pair[0], other_id=pair[1])
        if not row.is_open:
            continue
        points, parts = table.compared(doubt)
        if doubt.one.pk != pair[0]:
            parts = [replace(part, one=part.other, other=part.one) for part in parts]
        row.evidence, row.score = doubt.evidence, points
        row.parts = [asdict(part) for part in parts]
        (again if row.pk else fresh).append(row)
    Review.objects.bulk_create(fresh, ignore_conflicts=True)
    Review.objects.bulk_update(again, ["evidence", "score", "parts"], batch_size=200)
    settled = [row.pk for pair, row in known.items() if row.is_open and pair not in asked]
    mine.filter(pk__in=settled).delete()
