"""Adults' upper limits of nutrients, by the key of the nutrient: the published ones, and what
the operator's staff put in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from recommendations.models import UpperLimit

PUBLISHER = "Institute of Medicine, Dietary Reference Intakes, adults aged 19 and older"


@dataclass(frozen=True)
class Limit:
    """`amount` a day in the nutrient's own unit; `published` is a year."""

    amount: Decimal
    source: str
    published: int


def _published(year: int, **amounts: str) -> dict[str, Limit]:
    return {key: Limit(Decimal(amount), PUBLISHER, year) for key, amount in amounts.items()}


# Where the limit falls with age, the lower one: calcium from 51, phosphorus from 71 years.
PUBLISHED = {
    **_published(1997, magnesium="350", phosphorus="3000"),
    **_published(1998, niacin="35", vitamin_b6="100", folate="1000", choline="3500"),
    **_published(2000, vitamin_c="2000", vitamin_e="1000", selenium="400"),
    **_published(2001, vitamin_a="3000", iron="45", zinc="40", copper="10000", iodine="1100"),
    **_published(2001, manganese="11", molybdenum="2000", boron="20", vanadium="1.8", nickel="1"),
    **_published(2011, vitamin_d="100", calcium="2000"),
}


def current() -> dict[str, Limit]:
    """What stands of each nutrient; one that staff say has none is left out. One query."""
    newest = UpperLimit.objects.order_by("nutrient", "-id").distinct("nutrient")
    found = dict(PUBLISHED)
    for row in newest:
        if row.amount is None:
            found.pop(row.nutrient, None)
        else:
            found[row.nutrient] = Limit(row.amount, row.source, row.published)
    return found
