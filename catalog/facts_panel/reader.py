"""A label's HTML read into a panel, line by line."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from catalog.facts_panel import allergens, amounts
from catalog.facts_panel.lines import Line, lines
from catalog.facts_panel.panel import FactsPanel, Ingredient

# A text of many lines that are none of a label is cut, and says so.
MOST_UNREAD, LONGEST_UNREAD, MOST_ROWS = 40, 300, 400

_HEAD = re.compile(
    r"(?:supplement|nutrition|product|drug) facts(?: panel)?|(?:medicinal |active )?ingredients?|"
    r"nutrients?|amounts?|quantity|potency|per serving|(?:amounts?|quantity) (?:per|in|/) .{1,40}|"
    r"(?:each|per) .{1,30} (?:contains|provides)|component|"
    r"%?\s*(?:dv|rdi|rda|nrv|daily values?)(?: ?\((?:dv|rdi)\))?|% ?(?:of )?daily values? ?.{0,20}",
    re.I,
)
_NOTE = re.compile(
    r"[*†‡§¶^]+|"
    r".{0,60}\b(?:daily values?|dv|rdi)\b.{0,40}\bnot (?:been |yet ){0,2}(?:established|determined)"
    r".{0,60}|"
    r".{0,20}(?:percent|%) ?(?:of )?(?:daily values?|dv)s? (?:\(dv\) )?(?:are|is) based on .{0,80}",
    re.I,
)
_SERVING = re.compile(r"serving size\s*:?\s*(.+?)\s*(?=servings? per\b|$)", re.I)
_SERVINGS = re.compile(
    rf"(?:servings? per (?:container|bottle|package|box|pack|jar|tub|pouch)\s*:?\s*"
    rf"(?:about|approx(?:\.|imately)?)?\s*({amounts.NUMBER})|"
    rf"({amounts.NUMBER}) servings? per (?:container|bottle|package))\b.{{0,20}}",
    re.I,
)
_QUANTITY = re.compile(
    rf"(?:[a-z]+ \()?(\d+/[1-9]\d*|[½¼¾⅓⅔⅛]|{amounts.NUMBER})\)?\s*([^\d\s\-–—/.,][^\-–—]*?)?\.?",
    re.I,
)
_PARTS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}
_OTHERS = re.compile(
    r"(?:other|inactive|non-?medicinal|additional) (?:inactive )?ingredients?\s*"
    r"(?:\([^)]*\))?\s*[:.]?\s*|excipients\s*:\s*",
    re.I,
)
_BLEND = re.compile(r"\b(?:blend|complex|matrix|formula|proprietary|mixture|mix|cultures)\b", re.I)
_LISTED = re.compile(
    r"([^:]{3,100}\b(?:blend|complex|matrix|formula|mixture|mix)\b[^:]{0,40})\s*:\s*(.+)", re.I
)
_FORM = re.compile(r"^(?:as|from|in the form of)\b", re.I)
_AS = re.compile(r"([^,()\[\]]+?),?\s+(as [^,()\[\]]+)")
# A line of prose is no ingredient, even where an amount ends it.
_PROSE = re.compile(
    r"\b(?:take|contains?|provides?|each|per|daily|servings?|suppl(?:y|ies)|equivalent|than|up to|"
    r"net|wt|weight|dose|dosage|mix|directions?|use|do not|warning|you|your|with|of|size)\b",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")
_ENDS = re.compile(r"(?<=[.;])\s+(?=[A-Z])")


@lru_cache(4096)
def read(html: str) -> FactsPanel:
    """What a label's HTML, or plain text, says. Never raises."""
    label = _Label()
    for line in lines(html):
        label.take(line)
    return label.panel()


class _Parent(NamedTuple):
    indent: int
    name: str
    is_blend: bool


class _Label:
    """A label that is being read."""

    def __init__(self):
        self.servings_said: dict[str, tuple[Decimal, str]] = {}
        self.containers: dict[Decimal, None] = {}
        self.rows: list[Ingredient] = []
        self.parents: list[_Parent] = []
        self.others: list[str] = []
        self.allergens: set[str] = set()
        self.free: set[str] = set()
        self.unread: list[str] = []
        self.expects_others = False

    def panel(self) -> FactsPanel:
        said = list(dict.fromkeys(self.servings_said.values()))
        quantity, unit = said[0] if len(said) == 1 else (None, "")
        if len(said) > 1:
            self.unread = [*self.servings_said, *self.unread]
        if len(self.unread) > MOST_UNREAD:
            more = len(self.unread) - MOST_UNREAD
            self.unread = [*self.unread[:MOST_UNREAD], f"… and {more} more lines"]
        return FactsPanel(
            serving_quantity=quantity,
            serving_unit=unit,
            servings=next(iter(self.containers)) if len(self.containers) == 1 else None,
            ingredients=tuple(self.rows),
            others=tuple(dict.fromkeys(self.others)),
            allergens=allergens.in_order(self.allergens),
            free_of=allergens.in_order(self.free - self.allergens),
            unread=tuple(text[:LONGEST_UNREAD] for text in self.unread),
        )

    def take(self, line: Line):
        text = " ".join(filter(None, line.cells))
        taken = (
            self._head(line)
            or self._serving(text)
            or self._others(text)
            or self._allergens(text)
            or _NOTE.fullmatch(text)
            or self._row(line)
        )
        if not taken:
            self.unread.append(text)

    def _head(self, line: Line) -> bool:
        said = [amounts.unmarked(cell).rstrip(":") for cell in line.cells]
        is_head = all(not cell or _HEAD.fullmatch(cell) for cell in said)
        if is_head:
            self.parents.clear()
        return is_head

    def _serving(self, text: str) -> bool:
        if "erving" not in text and "ERVING" not in text:
            return False
        size, count = _SERVING.search(text), _SERVINGS.search(text)
        if size and (found := _QUANTITY.fullmatch(size[1])):
            number = _quantity(found[1])
            self.servings_said.setdefault(size[0].strip(), (number, (found[2] or "").strip()))
        elif size:
            return False
        if count:
            self.containers[amounts.number(count[1] or count[2])] = None
        return bool(size or count)

    def _others(self, text: str) -> bool:
        start = _OTHERS.match(text)
        if not start and not self.expects_others:
            return False
        self.expects_others = start is not None and start.end() == len(text)
        listed, *more = _ENDS.split(text[start.end() if start else 0 :])
        # "modified starch. Contains soy." and "E. coli free" both have a sentence's end.
        while more and not allergens.STARTS.match(more[0]) and not amounts.is_nothing(more[0][:1]):
            listed = f"{listed} {more.pop(0)}"
        self.others += _items(listed)
        for sentence in more:
            if not self._allergens(sentence):
                self.unread.append(sentence)
        return True

    def _allergens(self, text: str) -> bool:
        found = allergens.read(text) if len(text) > 5 and not text[-1].isdigit() else None
        if found is None:
            return False
        self.allergens |= found[0]
        self.free |= found[1]
        return True

    def _row(self, line: Line) -> bool:
        if len(self.rows) >= MOST_ROWS:
            return False
        row = _parsed(line.cells)
        if row is None:
            return False
        if row.is_alone:
            return self._parts(row.name, line.indent)
        while self.parents and self.parents[-1].indent >= line.indent:
            self.parents.pop()
        parent = self.parents[-1] if self.parents else None
        blend = parent.name if parent and parent.is_blend else ""
        name, listed = row.name, ""
        if found := _LISTED.fullmatch(row.name):
            name, listed = found.groups()
        name, form = _name(name)
        amount = row.amount
        self.rows.append(
            Ingredient(name, form, amount.number, amount.unit, row.percent, blend, amount.also)
        )
        self.parents.append(_Parent(line.indent, name, bool(_BLEND.search(name))))
        if listed:
            self._add_parts(_items(listed), name)
        return True

    def _parts(self, text: str, indent: int) -> bool:
        """A row without an amount: a part of the blend above it, or the head of one."""
        above = [one for one in self.parents if one.indent < indent]
        parent = above[-1] if above else None
        if parent is None and self.parents and self.parents[-1].is_blend:
            parent = self.parents[-1]
        if parent is None:
            is_blend = _BLEND.search(text) and not _PROSE.search(text) and len(text) < 120
            if is_blend:
                name, form = _name(text)
                self.rows.append(Ingredient(name, form))
                self.parents = [_Parent(indent, name, True)]
            return bool(is_blend)
        if len(text) > 1500 or self._is_prose(text):
            return False
        # "Cocoa, natural" is one, "kava, valerian, hops" are three.
        parts = _items(text)
        self._add_parts(parts if len(parts) > 2 else [text], parent.name)
        return True

    def _add_parts(self, parts: list[str], blend: str):
        self.rows += [Ingredient(*_name(part), blend=blend) for part in parts]

    def _is_prose(self, text: str) -> bool:
        return "," not in text and bool(_PROSE.search(text)) and len(text.split()) > 6


class _Row(NamedTuple):
    name: str
    amount: amounts.Amount | None
    percent: Decimal | None
    is_alone: bool = False


@lru_cache(8192)
def _parsed(cells: tuple[str, ...]) -> _Row | None:
    """A name with its amount, its percentage or both, or a name alone. None where it is none of
    these, or where one name has two amounts."""
    name, *rest = cells
    found, percents = [], []
    for cell in rest:
        if amounts.is_nothing(cell):
            continue
        left, right = amounts.split_percent(cell)
        if is_percent := amounts.percent(cell):
            percents.append(is_percent[0])
        elif right and (one := amounts.amount(left)):
            found.append(one)
            percents.append(amounts.percent(right)[0])
        elif one := amounts.amount(cell) or _calories(name, cell):
            found.append(one)
        else:
            return None
    if not found:
        name, said, percent = amounts.trailing(name)
        if said:
            found = [amounts.amount(said)]
            percents += [amounts.percent(percent)[0]] if percent else []
            outside = _outside_brackets(name)
            if amounts.has_strength(outside) or (len(cells) == 1 and _PROSE.search(outside)):
                return None
    name = amounts.unmarked(name).strip(" :,;–—-")
    if not _LETTER.search(name) or len(name) > 1500:
        return None
    if len(found) > 1 or len(percents) > 1 or None in found:
        return None
    if not found:
        if not percents:
            return _Row(name, None, None, is_alone=True)
        found = [amounts.Amount(None, "")]  # a nutrient of which only the percentage is said
    if len(name) > 300:
        return None
    return _Row(name, found[0], percents[0] if percents else None)


def _calories(name: str, cell: str) -> amounts.Amount | None:
    """Calories are written without a unit."""
    said = amounts.bare_number(cell) if name.lower().startswith("calories") else None
    return None if said is None else amounts.Amount(said, "calories")


def _quantity(text: str) -> Decimal:
    text = _PARTS.get(text, text)
    if "/" not in text:
        return amounts.number(text)
    part = Fraction(text)
    return round(Decimal(part.numerator) / Decimal(part.denominator), 3).normalize()


def _name(text: str) -> tuple[str, str]:
    """`Magnesium` and `as magnesium bisglycinate` of "Magnesium (as magnesium bisglycinate)"."""
    text = amounts.unmarked(text).strip(" :;")
    for start, end in _brackets(text):
        inside = text[start + 1 : end].strip()
        if _FORM.match(inside) and text[:start].strip():
            behind = amounts.unmarked(text[end + 1 :])
            return f"{amounts.unmarked(text[:start])} {behind}".strip(" ,"), inside
    if len(text) <= 300 and (found := _AS.fullmatch(text)):
        return found[1], found[2]
    return text, ""


def _brackets(text: str):
    """Where outermost brackets open and close."""
    depth = start = 0
    for place, character in enumerate(text):
        if character in "([":
            start = start if depth else place
            depth += 1
        elif character in ")]" and depth:
            depth -= 1
            if not depth:
                yield start, place


def _outside_brackets(text: str) -> str:
    for start, end in reversed(list(_brackets(text))):
        text = text[:start] + text[end + 1 :]
    return text


def _items(text: str) -> list[str]:
    """The parts of a list at its outermost commas."""
    parts, depth, begin = [], 0, 0
    for place, character in enumerate(text):
        depth = max(0, depth + (character in "([") - (character in ")]"))
        if character in ",;" and not depth and not _in_number(text, place):
            parts.append(text[begin:place])
            begin = place + 1
    parts.append(text[begin:])
    found = (amounts.unmarked(re.sub(r"^\s*and\s+", "", part)).strip(" .") for part in parts)
    return [one for one in found if one]


def _in_number(text: str, place: int) -> bool:
    return text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()
