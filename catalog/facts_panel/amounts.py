"""Numbers with units, as labels write them."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?![\d,]|\.\d)"
# How a unit is written → what it is. Any other word is a unit too, but only in a cell of its own.
UNITS = {
    "mg": "mg mgs milligram milligrams milligram(s)",
    "mcg": "mcg mcgs µg μg ug microgram microgram(s) micrograms",
    "g": "g gm gms gram grams gram(s)",
    "IU": "iu i.u. ius",
    "mL": "ml millilitre milliliter millilitres milliliters",
    "kcal": "kcal",
    "calories": "cal calorie calories {calories}",
    "CFU": "cfu cfus",
}
UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words.split()}
# Such a unit may go on: "mcg DFE", "mg alpha-tocopherol equivalents".
MEASURES = r"DFE|RAE|RE|NE|AT|ATE|α-TE|alpha-TE"
COUNTED = r"(?:thousand|million|billion|trillion|mil|bil)"
_MASS = "|".join(sorted(map(re.escape, UNIT_OF), key=len, reverse=True))
KNOWN = (
    rf"(?:(?:{_MASS})(?![\w.])(?:\s+(?:{MEASURES})\b)?"
    rf"|{COUNTED}(?:\s+(?:viable\s+|live\s+|active\s+)?(?:CFUs?|AFU|cells|organisms|cultures|spores))?\b)"
)
MARKS = "*†‡§¶^¥◊♦⁂∗•"
_FRINGE = f"{MARKS} \u00a0"
LESS = r"(?:<|≤|>|≥|~|less than|under|up to|about|approx\.?|approximately|min\.?|trace of)"
_ANY = r"[A-Za-zµμα%][\w µμ.,/()α-]{0,24}"
_AMOUNT = re.compile(
    rf"({NUMBER})\s*({KNOWN}|{_ANY}?)\s*(?:[(\[]([^()\[\]]{{1,60}})[)\]]|/\s*({NUMBER}\s*{KNOWN}))?",
    re.I,
)
_UNSURE = re.compile(
    rf"(?:{LESS}\s*{NUMBER}|{NUMBER}\s*(?:-|–|—|to)\s*{NUMBER})\s*(?:{KNOWN}|{_ANY}?)", re.I
)
_PERCENT = re.compile(rf"({NUMBER})\s*%\s*(?:DV|RDI|RDA|NRV)?", re.I)
_UNSURE_PERCENT = re.compile(rf"(?:<|>|less than)\s*{NUMBER}\s*%\s*(?:DV)?", re.I)
_TWO = re.compile(rf"(.*?)\s*[(\[]?((?:<\s*)?{NUMBER}\s*%)\s*(?:DV|daily value)?\s*[)\]]?", re.I)
_TRAILING = re.compile(
    rf"(?:[\s:–-]|(?<!\d),)\s*((?:{LESS}\s*)?{NUMBER}\s*{KNOWN}(?:\s*\([^()]{{1,60}}\))?)"
    rf"(?:\s*[(\[]?((?:<\s*)?{NUMBER}\s*%)\s*(?:DV|daily value)?[)\]]?)?$",
    re.I,
)
_LEADERS = re.compile(r"\s*\.{2,}$")
_STRENGTH = re.compile(rf"{NUMBER}\s*{KNOWN}", re.I)
_ENDS_A_NAME = re.compile(r"[^\W\d_]|[)\]%]$")
_NOTHING = re.compile(rf"[\s{re.escape(MARKS)}—–-]*|n/?a|n/?p|not established|not present", re.I)


class Amount(NamedTuple):
    """`number` None where the words are no single number; they stand in `also`."""

    number: Decimal | None
    unit: str
    also: str = ""


@lru_cache(8192)
def amount(cell: str) -> Amount | None:
    """The amount that a whole cell is; None where it is none."""
    text = unmarked(cell)
    if not text or len(text) > 80:
        return None
    if _UNSURE.fullmatch(text):
        return Amount(None, "", text)
    found = _AMOUNT.fullmatch(text)
    if found and found[2]:
        return Amount(number(found[1]), unit(found[2]), (found[3] or found[4] or "").strip())
    return None


@lru_cache(2048)
def percent(cell: str) -> tuple[Decimal | None] | None:
    """(percent,) of a cell that is one, (None,) of "<1%"; None where it is none."""
    text = unmarked(cell)
    if found := _PERCENT.fullmatch(text):
        return (number(found[1]),)
    return (None,) if _UNSURE_PERCENT.fullmatch(text) else None


def split_percent(cell: str) -> tuple[str, str]:
    """`500 mg` and `556%` of "500 mg (556% DV)"; the cell and '' where no percentage ends it."""
    found = _TWO.fullmatch(unmarked(cell)) if "%" in cell and len(cell) < 120 else None
    return (found[1], found[2]) if found and found[1] else (cell, "")


def trailing(cell: str) -> tuple[str, str, str]:
    """Name, amount and percentage of "Zinc (as zinc citrate) 15 mg 136%"; (cell, '', '') where no
    amount in a known unit ends it. A number right before the amount may be a part of it."""
    text = unmarked(cell)
    found = _TRAILING.search(text) if len(text) <= 300 else None
    if not found:
        return cell, "", ""
    words = text[: found.start()].split()
    if not words or not _ENDS_A_NAME.search(words[-1]):
        return cell, "", ""
    return " ".join(words), found[1], found[2] or ""


def has_strength(text: str) -> bool:
    return _STRENGTH.search(text) is not None


def bare_number(cell: str) -> Decimal | None:
    text = unmarked(cell)
    return number(text) if re.fullmatch(NUMBER, text) else None


def is_nothing(cell: str) -> bool:
    """Whether a cell says no more than that there is nothing to say."""
    return _NOTHING.fullmatch(cell) is not None


def unmarked(cell: str) -> str:
    """Without what refers to a footnote, and without the dots that lead to an empty column."""
    bare = cell.strip(_FRINGE)
    return _LEADERS.sub("", bare).strip(_FRINGE) if bare.endswith("..") else bare


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def unit(text: str) -> str:
    """As we write it: `mcg DFE` of "µg DFE"; a word that we do not know stays as it is."""
    first, _, rest = text.strip().partition(" ")
    if first.lower() in UNIT_OF:
        return f"{UNIT_OF[first.lower()]} {rest.strip()}".strip()
    return re.sub(rf"{COUNTED}", lambda found: found[0].lower(), text.strip(), count=1, flags=re.I)
