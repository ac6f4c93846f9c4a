"""Invented makers, and the two brand names that WholeScripts documents."""

import random
from dataclasses import dataclass

# Both parts are invented or plain words; the pairs are joined by the seed.
_FIRST = (
    "Quillstone",
    "Fennmoor",
    "Tarnbrook",
    "Wrenfield",
    "Oxmantle",
    "Aldermere",
    "Brackenhythe",
    "Saltmarden",
    "Pellucane",
    "Corrimoor",
    "Vellowick",
    "Thistlewane",
    "Harrowfen",
    "Larkmantle",
    "Dunmarrow",
    "Eskerhythe",
    "Fjällmoor",
    "Gorsewick",
    "Hazelthorpe",
    "Ivelmere",
    "Juniperholt",
    "Kestrelfen",
    "Lindenhythe",
    "Mossgarrow",
    "Nettlecombe",
    "Orrisfield",
    "Plovermere",
    "Rushgarth",
    "Sedgewane",
    "Teaselthorpe",
    "Umberhythe",
    "Vetchmoor",
)
_SECOND = ("Labs", "Naturals", "Nutrition", "Botanicals", "Formulas", "Health", "Research")
_LEGAL = (", Inc.", " LLC", ", Inc", " Ltd.", "")


@dataclass(frozen=True)
class Brand:
    """`number` is part of its barcodes; `legal_name` is how a careless clerk writes it."""

    number: int
    name: str
    legal_name: str
    prefix: str


def invented(seed: int, scale: int = 1) -> tuple[Brand, ...]:
    """Twelve brands for each step of `scale`, no name twice, one with an accent first."""
    rng = random.Random(f"{seed}/brands")
    first = ["Fjällmoor", *rng.sample([word for word in _FIRST if word != "Fjällmoor"], 31)]
    return tuple(_brand(rng, first, number) for number in range(12 * scale))


def _brand(rng: random.Random, first: list[str], number: int) -> Brand:
    """The second word moves on by one each time the first words have been used up."""
    turn, place = divmod(number, len(first))
    name = f"{first[place]} {_SECOND[(place + turn) % len(_SECOND)]}"
    if turn >= len(_SECOND):
        name += f" {turn}"
    return Brand(number, name, name + rng.choice(_LEGAL), _prefix(name, number))


XYMOGEN = Brand(9001, "XYMOGEN®", "XYMOGEN®", "XYM")
HOUSE = Brand(9002, "WholeScripts", "WholeScripts", "WHS")


def _prefix(name: str, number: int) -> str:
    """Three letters as Fullscript shows them; the number keeps late ones apart."""
    letters = "".join(part[0] for part in name.split()[:2]) + name.split()[0][-1]
    return letters.upper() + (str(number) if number >= 12 else "")
