"""The articles that exist, and which vendor lists which.

An article is one thing on a shelf: maker, line, strength, form, flavour and count. What
both vendors list is the same article, whatever they call it.
"""

import random
from dataclasses import dataclass, replace
from functools import lru_cache

from tests.simulators.catalogue import barcodes, brands
from tests.simulators.catalogue.forms import FORMS, Form
from tests.simulators.catalogue.substances import LINES, Line

# For each step of scale: listed by both, of those without a common barcode, WholeScripts only.
BOTH, BY_NAME, WHOLESCRIPTS_ONLY = 170, 25, 70
PLACEHOLDER_UPC = "000000000000"


@dataclass(frozen=True)
class Article:
    """`fullscript` and `wholescripts` say who lists it; the two barcodes are as listed."""

    number: int
    brand: brands.Brand
    line: Line
    strength: float
    form: Form
    flavour: str
    count: int
    upc: str
    fullscript: bool = False
    wholescripts: bool = False
    fullscript_upc: str = ""
    wholescripts_upc: str = ""
    twin_by_name: bool = False

    @property
    def family(self) -> tuple:
        """What articles share that differ in count only: one pill, one description."""
        return (self.brand.number, self.line.name, self.strength, self.form.name, self.flavour)

    @property
    def strength_label(self) -> str:
        return self.line.strength_label(self.strength)

    @property
    def key(self) -> str:
        """Stable over runs; ids are made from it."""
        return "/".join(str(part) for part in (*self.family, self.count))

    def rng(self, seed: int, purpose: str) -> random.Random:
        """Chance of its own, so that one article's text never depends on another's."""
        return random.Random(f"{seed}/{purpose}/{self.key}")


@lru_cache(maxsize=8)
def articles(seed: int, scale: int = 1) -> tuple[Article, ...]:
    """Every article, in a fixed order, barcodes and listings decided."""
    shared = [
        article for brand in brands.invented(seed, scale) for article in _range_of(seed, brand, 16)
    ]
    shared = [replace(article, number=number) for number, article in enumerate(shared)]
    random.Random(f"{seed}/shelves").shuffle(shared)
    both, rest = shared[: BOTH * scale], shared[BOTH * scale :]
    wholescripts, fullscript = rest[: WHOLESCRIPTS_ONLY * scale], rest[WHOLESCRIPTS_ONLY * scale :]
    listed = [
        *(_both(seed, article, place < BY_NAME * scale) for place, article in enumerate(both)),
        *(_one(seed, article, "wholescripts") for article in wholescripts),
        *(_one(seed, article, "fullscript") for article in fullscript),
    ]
    listed = _with_wrong_barcodes(listed)
    own = [
        *_range_of(seed, brands.XYMOGEN, 34),
        *_range_of(seed, brands.HOUSE, 12),
    ]
    first = len(shared)
    listed += [
        _one(seed, replace(article, number=first + place), "wholescripts")
        for place, article in enumerate(own)
    ]
    return tuple(sorted(listed, key=lambda article: article.number))


def _range_of(seed: int, brand: brands.Brand, size: int):
    """One maker's range: `size` lines, each in some strengths, forms, flavours and counts."""
    rng = random.Random(f"{seed}/range/{brand.number}")
    item = 0
    for line in sorted(rng.sample(LINES, size), key=lambda line: line.name):
        strengths = sorted(rng.sample(line.strengths, min(len(line.strengths), rng.choice((1, 2)))))
        forms = line.forms[: rng.choice((1, 2, 2))]
        for strength in strengths:
            for form in (FORMS[name] for name in forms):
                for flavour in _flavours(rng, line, form):
                    for count in sorted(rng.sample(form.counts, rng.choice((1, 2, 2, 3)))):
                        item += 1
                        upc = barcodes.upc(brand.number, item)
                        yield Article(0, brand, line, strength, form, flavour, count, upc)


def _flavours(rng: random.Random, line: Line, form: Form) -> list[str]:
    if not line.flavours or form.swallowed:
        return [""]
    return sorted(rng.sample(line.flavours, min(len(line.flavours), rng.choice((1, 2)))))


def _both(seed: int, article: Article, by_name: bool) -> Article:
    """Listed twice: with one barcode, or with none at one side or both."""
    missing = article.rng(seed, "missing").choice(("fullscript", "wholescripts", "both"))
    return replace(
        article,
        fullscript=True,
        wholescripts=True,
        fullscript_upc="" if by_name and missing != "wholescripts" else article.upc,
        wholescripts_upc="" if by_name and missing != "fullscript" else article.upc,
        twin_by_name=by_name,
    )


def _one(seed: int, article: Article, vendor: str) -> Article:
    """Listed once; one in twelve without a barcode, one in thirty with a placeholder."""
    draw = article.rng(seed, "barcode").random()
    upc = "" if draw < 1 / 12 else PLACEHOLDER_UPC if draw < 1 / 12 + 1 / 30 else article.upc
    return replace(article, **{vendor: True, f"{vendor}_upc": upc})


def _with_wrong_barcodes(listed: list[Article]) -> list[Article]:
    """Three Fullscript rows carry the barcode of the same thing in another count."""
    elsewhere = {a.family: a for a in listed if a.wholescripts and not a.fullscript}
    wrong = 0
    for place, article in enumerate(listed):
        other = elsewhere.get(article.family)
        if other and article.fullscript and not article.wholescripts and wrong < 3:
            listed[place] = replace(article, fullscript_upc=other.wholescripts_upc or other.upc)
            wrong += 1
    return listed
