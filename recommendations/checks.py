"""What a clinician should look at before signing, each with its evidence.

A check warns and never blocks: the clinician signs with a reason, which stays with the plan.
What could not be compared is counted (`Checked.coverage`), and nothing found is not called safe.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from catalog import keys
from catalog.facts_panel import FactsPanel
from catalog.models import Listing
from practice.models import Patient
from practice.vendors import registry
from recommendations import intake
from recommendations.intake import Intake
from recommendations.models import Pack
from recommendations.outgoing import Part

# How people write an allergen that labels name by one word (`facts_panel.ALLERGENS`).
WRITTEN = {
    "milk": "milk dairy lactose casein whey",
    "egg": "egg eggs",
    "fish": "fish",
    "shellfish": "shellfish shrimp crab lobster crustacean crustaceans prawn prawns",
    "tree nuts": "nut nuts almond almonds walnut walnuts cashew cashews hazelnut pecan pistachio",
    "peanut": "peanut peanuts",
    "wheat": "wheat gluten celiac coeliac",
    "gluten": "gluten celiac coeliac wheat",
    "soy": "soy soya soybean",
    "sesame": "sesame",
}
# Such words of an allergy name no substance.
FILLERS = {"allergy", "allergic", "to", "and", "of", "the", "free", "intolerance", "none", "known"}
MOST_REASON = 300


@dataclass(frozen=True)
class Alert:
    """`key` is the same for the same alert of a plan, however often it is looked for."""

    key: str
    title: str
    evidence: str


@dataclass(frozen=True)
class Checked:
    """`compared` of `things` on the plan have labels that allergies could be held against."""

    alerts: tuple[Alert, ...]
    intake: Intake
    compared: int
    things: int

    @property
    def coverage(self) -> str:
        return f"{self.compared} of {self.things}"

    def recorded(self, reasons: Mapping[str, str]) -> list[dict]:
        """The alerts with the reason that was given for each, as a plan keeps them."""
        return [
            asdict(alert) | {"reason": " ".join(reasons.get(alert.key, "").split())[:MOST_REASON]}
            for alert in self.alerts
        ]


@dataclass(frozen=True)
class Thing:
    """A product on a plan: a line's, or a pill's of a pack. `label` is the one to read."""

    listing: Listing
    label: FactsPanel


def of(patient: Patient, parts: list[Part]) -> Checked:
    """Everything on a plan, by the rows that `outgoing.parts` loaded. One query."""
    rows = [line.row for part in parts for line in part.lines]
    added = intake.of_rows(rows)
    things = [thing for row in rows for thing in _things(row)]
    alerts = list(_limits(added))
    for look in CHECKS:
        alerts += look(patient, things)
    compared = sum(bool(one.label.ingredients or one.label.others) for one in things)
    return Checked(tuple(alerts), added, compared, len(things))


def _things(row) -> Iterator[Thing]:
    if isinstance(row, Pack):
        for pill in row.pills.all():
            yield Thing(pill.listing, FactsPanel.of((pill.listing.bottle or pill.listing).facts))
    else:
        yield Thing(row.listing, FactsPanel.of(row.listing.facts))


def _limits(added: Intake) -> Iterator[Alert]:
    for total in added.above:
        up_to = "up to " if total.least != total.most else ""
        yield Alert(
            f"limit:{total.key}",
            f"{total.label}: {total.amount_words} a day, {up_to}{total.share}% of the upper limit",
            f"{'; '.join(f'{part.name}: {part.in_words}' for part in total.parts)}. The limit for "
            f"adults is {total.limit_words} ({total.limit.source}, {total.limit.published}).",
        )


def _twice(patient: Patient, things: list[Thing]) -> Iterator[Alert]:
    lines = Counter(one.listing.product_id for one in things if one.listing.product_id)
    for product_id, count in lines.items():
        if count > 1:
            same = [one.listing for one in things if one.listing.product_id == product_id]
            where = [f"{one.name} ({registry.VENDORS[one.vendor].label})" for one in same]
            title = f"{same[0].name} is on the plan {count} times"
            yield Alert(f"twice:{product_id}", title, f"{', '.join(where)}.")


def _allergies(patient: Patient, things: list[Thing]) -> Iterator[Alert]:
    for allergy in patient.alerts:
        words = set(re.findall(r"[a-z]{3,}", keys.fold(allergy))) - FILLERS
        named = {name for name, written in WRITTEN.items() if words & set(written.split())}
        for one in things:
            found = [name for name in one.label.allergens if name in named]
            found += [f"“{text}”" for text in _texts(one.label) if _holds(text, words)]
            if found:
                yield Alert(
                    f"allergy:{keys.fold(allergy)}:{one.listing.pk}",
                    f"{one.listing.name}, and the patient's allergy: {allergy}",
                    f"Its label names {', '.join(dict.fromkeys(found))}.",
                )


def _texts(label: FactsPanel) -> Iterator[str]:
    for row in label.ingredients:
        yield f"{row.name} {row.form}".strip()
    yield from label.others


def _holds(text: str, words: set[str]) -> bool:
    return not words.isdisjoint(re.findall(r"[a-z]+", keys.fold(text)))


def _warnings(patient: Patient, things: list[Thing]) -> Iterator[Alert]:
    for one in things:
        for code in one.listing.warnings:
            said = registry.warning(one.listing.vendor, code)
            yield Alert(f"warning:{one.listing.pk}:{code}", one.listing.name, f"{said}.")


def _to_be_had(patient: Patient, things: list[Thing]) -> Iterator[Alert]:
    for one in things:
        vendor = registry.VENDORS[one.listing.vendor].label
        if one.listing.retired_at:
            said = f"{vendor} no longer lists it, since {one.listing.retired_at:%B %-d, %Y}."
            yield Alert(f"gone:{one.listing.pk}", f"{one.listing.name} is no longer offered", said)
        elif one.listing.is_available is False:
            said = f"{vendor} had none when it was last read, on {one.listing.seen_at:%B %-d, %Y}."
            yield Alert(f"stock:{one.listing.pk}", f"{one.listing.name} is out of stock", said)


CHECKS: tuple[Callable[[Patient, list[Thing]], Iterator[Alert]], ...] = (
    _allergies,
    _twice,
    _to_be_had,
    _warnings,
)
