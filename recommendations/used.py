"""How often a practice's own plans used a product, and at which doses. Nothing of other
practices goes into it, and who sees only their own patients is told of those alone."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from practice.desk import Panel
from practice.vendors import words
from practice.vendors.contract import Dose as ContractDose
from practice.vendors.contract import Slot
from recommendations.lines import ORDER
from recommendations.models import Dose, Plan, PlanItem

# The newest lines tell what is usual.
MOST = 300
DOSES_SHOWN = 3


@dataclass(frozen=True)
class Used:
    """Of the newest MOST lines: on how many plans, for how many patients, when last, and the
    doses most often written with how often each was."""

    plans: int
    patients: int
    last_at: dt.datetime | None
    doses: tuple[tuple[str, int], ...]

    @property
    def is_cut(self) -> bool:
        return self.plans == MOST


def of(practice, product) -> Used:
    """One query."""
    taken = Dose.objects.filter(practice=OuterRef("practice"), item=OuterRef("pk"))
    dose = JSONObject(slot="slot", quantity="quantity", with_food="with_food")
    rows = (
        PlanItem.objects.for_practice(practice)
        .filter(listing__product=product.pk, plan__state=Plan.State.SIGNED)
        .annotate(taken=ArraySubquery(taken.values(json=dose)))
        .order_by("-plan__signed_at", "-pk")
        .values_list("plan_id", "plan__patient_id", "plan__signed_at", "sig", "taken")[:MOST]
    )
    rows = list(rows)
    said = Counter(filter(None, (_how(sig, taken) for *_, sig, taken in rows)))
    return Used(
        plans=len({plan for plan, *_ in rows}),
        patients=len({patient for _, patient, *_ in rows}),
        last_at=rows[0][2] if rows else None,
        doses=tuple(said.most_common(DOSES_SHOWN)),
    )


def _how(sig: str, taken: list[dict]) -> str:
    """A line's dose in words; what was written in words stands in quotes."""
    doses = [
        ContractDose(Slot(one["slot"]), Decimal(str(one["quantity"])), one["with_food"])
        for one in sorted(taken, key=lambda one: ORDER.index(one["slot"]))
    ]
    return words.doses(doses) or (f"“{sig}”" if sig else "")


def panel(request, product) -> Panel:
    """On the product's page."""
    return Panel(
        title="Often used here",
        template="recommendations/_used_here.html",
        context={
            "used": of(request.practice, product),
            "own_only": request.membership.practice.restricts_patients,
        },
    )
