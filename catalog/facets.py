"""What products are narrowed by. A value is kept on a card as the trait `facet:value`.

Several values of one facet are alternatives, several facets must all hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from practice.vendors import registry

SHOWN = 8
MOST_CHOSEN = 20
YES_NO = {"yes": "Has a warning", "no": "No warning"}


@dataclass(frozen=True)
class Facet:
    """`labels` names the values that are no words of their own; only these where it is closed."""

    key: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def name(self, value: str) -> str:
        return self.labels.get(value) or value[:1].upper() + value[1:]


FACETS = {
    facet.key: facet
    for facet in (
        Facet("vendor", "Vendor", {key: one.label for key, one in registry.VENDORS.items()}),
        Facet("stock", "Stock", {"yes": "In stock"}),
        Facet("brand", "Brand"),
        Facet("category", "Category"),
        Facet("form", "Form"),
        Facet("free", "Label says free of"),
        Facet("warning", "Warning", YES_NO),
        Facet("packs", "Packets", {"yes": "Can be packed by dose"}),
        Facet("label", "Private label", {"own": "Your own label"}),
    )
}


@dataclass(frozen=True)
class Chosen:
    """The values that are chosen of each facet, in the order of the table."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, query) -> Chosen:
        """From an address's query, a QueryDict. What is no facet is left out."""
        return cls(
            {
                key: tuple(dict.fromkeys(_clean(value) for value in query.getlist(key)))[
                    :MOST_CHOSEN
                ]
                for key in FACETS
                if any(query.getlist(key))
            }
        )

    def __bool__(self):
        return bool(self.values)

    def without(self, key: str, value: str | None = None) -> Chosen:
        """Without one value, or without the facet."""
        left = {
            facet: tuple(one for one in found if facet != key or value not in (None, one))
            for facet, found in self.values.items()
        }
        return Chosen(
            {
                facet: found
                for facet, found in left.items()
                if found and not (facet == key and value is None)
            }
        )

    @property
    def traits(self) -> list[list[str]]:
        return [[f"{key}:{value}" for value in found] for key, found in self.values.items()]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """For an address, or for a form's hidden fields."""
        return [(key, value) for key, found in self.values.items() for value in found]


@dataclass(frozen=True)
class Choice:
    """One value as it is offered; `n` is how many products have it, None where not counted."""

    value: str
    label: str
    n: int | None
    chosen: bool


@dataclass(frozen=True)
class Group:
    """One facet as it is offered: what is chosen and the commonest others."""

    facet: Facet
    choices: tuple[Choice, ...]

    @property
    def chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices)


@dataclass(frozen=True)
class Chip:
    """A chosen value, and the address without it."""

    label: str
    address: str


def groups(chosen: Chosen, counts: Mapping[str, Mapping[str, int]]) -> list[Group]:
    """The facets that have something to choose."""
    found = []
    for key, facet in FACETS.items():
        picked = chosen.values.get(key, ())
        tally = {value: n for value, n in counts.get(key, {}).items() if n > 0}
        common = sorted(tally, key=lambda value: (-tally[value], value))[:SHOWN]
        values = [*picked, *(value for value in common if value not in picked)]
        choices = [Choice(v, facet.name(v), tally.get(v, 0), v in picked) for v in values]
        if choices:
            found.append(Group(facet, tuple(choices)))
    return found


def chips(chosen: Chosen, others: list[tuple[str, str]]) -> list[Chip]:
    """`others` are the other parts of the address: what was typed, how it is sorted."""
    return [
        Chip(
            f"{FACETS[key].label}: {FACETS[key].name(value)}",
            "?" + urlencode([*others, *chosen.without(key, value).pairs]),
        )
        for key, value in chosen.pairs
    ]


def _clean(value: str) -> str:
    return value.replace("\0", "")[:200]
