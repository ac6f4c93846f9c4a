"""Catalogues as large as wanted, for benchmarks: cheap to make, and always the same.

`rows(vendor, count, seed)` gives listings of one of two dispensaries. Two of five of a maker's
articles are with both, as the two write them: other spellings, spaces and signs, a missing or a
re-used barcode, another price. The rest is of one of them alone, most in several sizes, strengths
and flavours. Lines, forms and makers are those of the simulators.

`write_list(file, count, seed)` writes WholeScripts' list of products of the same rows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import TextIO

from practice.vendors.contract import Dose, Kind, ListingRow, Slot
from practice.vendors.wholescripts.listings import product_rows
from tests.simulators.catalogue import barcodes, brands, facts, wording
from tests.simulators.catalogue.articles import Article
from tests.simulators.catalogue.forms import FORMS
from tests.simulators.catalogue.substances import LINES
from tests.simulators.catalogue.wholescripts import CATEGORIES

VENDORS = ("wholescripts", "fullscript")
# Of each maker, how many articles both list, and how many more each lists alone.
BOTH, ALONE = 160, 240
STATEMENTS = ("", "", "", "Contains: milk.", "Contains: soy, wheat.", "Gluten-free, dairy-free.")
OTHERS = "<p>Other ingredients: cellulose, vegetable capsule (hypromellose), silica. {}</p>"
WARNING = "Prop65BirthDefectCancer"
TIMES = ([("AM", 1)], [("AM", 1), ("PM", 1)], [("PM", 2)], [("AM", 2), ("PM", 1)], [])
SLOTS = {"AM": Slot.BREAKFAST, "PM": Slot.EVENING}


def rows(vendor: str, count: int, seed: int = 20) -> Iterator[ListingRow]:
    """`count` listings: bottles, and at WholeScripts the pills of some."""
    made = _wholescripts_rows(seed) if vendor == "wholescripts" else _fullscript_rows(seed)
    return islice(made, count)


def products(seed: int = 20) -> Iterator[dict]:
    """WholeScripts' list without an end, as the vendor's objects."""
    for article, rng in _articles("wholescripts", seed):
        yield _wholescripts_product(article, rng, seed)


def write_list(file: TextIO, count: int, seed: int = 20) -> int:
    """WholeScripts' answer with `count` products; how many listings that are."""
    file.write("[")
    listings, pills = count, set()
    for place, product in enumerate(islice(products(seed), count)):
        file.write("," * bool(place) + json.dumps(product, ensure_ascii=False))
        if product["medPaxSku"] not in pills and product["medPaxSku"]:
            pills.add(product["medPaxSku"])
            listings += 1
    file.write("]")
    return listings


def _wholescripts_rows(seed: int) -> Iterator[ListingRow]:
    known = set()
    for product in products(seed):
        bottle, *pills = product_rows(product)
        yield bottle
        for pill in pills:
            if pill.sku not in known:
                known.add(pill.sku)
                yield pill


def _fullscript_rows(seed: int) -> Iterator[ListingRow]:
    for article, rng in _articles("fullscript", seed):
        yield _fullscript_row(article, rng, seed)


def _articles(vendor: str, seed: int) -> Iterator[tuple[Article, random.Random]]:
    """Maker by maker, each with chance of its own, so that more rows never change the first."""
    number = 0
    while True:
        brand = _brand(seed, number)
        chance = random.Random(f"{seed}/{number}")
        found = chance.sample(_combinations(), BOTH + 2 * ALONE)
        alone = BOTH if vendor == VENDORS[0] else BOTH + ALONE
        rng = random.Random(f"{seed}/{number}/{vendor}")
        for item in (*range(BOTH), *range(alone, alone + ALONE)):
            line, strength, form, flavour, count = found[item]
            upc = barcodes.upc(number, item)
            place = number * (BOTH + 2 * ALONE) + item
            yield Article(place, brand, line, strength, form, flavour, count, upc), rng
        number += 1


@cache
def _combinations() -> list[tuple]:
    return [
        (line, strength, FORMS[form], flavour, count)
        for line in LINES
        for strength in line.strengths
        for form in line.forms
        for flavour in (line.flavours if not FORMS[form].swallowed else ()) or ("",)
        for count in FORMS[form].counts
    ]


@cache
def _brands(seed: int, scale: int) -> tuple:
    return brands.invented(seed, scale)


def _brand(seed: int, number: int):
    scale = 1
    while scale * 12 <= number:
        scale *= 8
    return _brands(seed, scale)[number]


def _price(article: Article, rng: random.Random) -> Decimal:
    base = 9 + article.number * 37 % 1500 / 100
    steps = article.form.counts.index(article.count)
    return Decimal(f"{base * (1 + 0.6 * steps) * rng.choice((1, 1, 0.97, 1.05)):.2f}")


def _barcode(article: Article, rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.12:
        return "" if draw < 0.1 else "000000000000"
    if draw < 0.13:  # the maker's first article's, used once more
        return barcodes.upc(article.brand.number, 0)
    return article.upc if draw < 0.9 else f"0 {article.upc}"


def _label(article: Article, rng: random.Random) -> str:
    if rng.random() < 0.05:
        return ""
    html = facts.table(article, plain=rng.random() < 0.2)
    return html + OTHERS.format(rng.choice(STATEMENTS))


def _family(article: Article) -> int:
    """A number that articles share which differ in count only."""
    return article.brand.number * 1000 + _families()[article.family[1:]]


@cache
def _families() -> dict[tuple, int]:
    found = ((line.name, s, form.name, flavour) for line, s, form, flavour, _ in _combinations())
    return {family: number for number, family in enumerate(dict.fromkeys(found))}


def _wholescripts_product(article: Article, rng: random.Random, seed: int) -> dict:
    retail = _price(article, rng)
    name = wording.marked(rng, wording.title(article))
    unit = article.form.short if rng.random() < 0.3 else article.form.many
    family = _family(article)
    pill = f"{100_000_000 + family:018d}" if article.form.swallowed and family % 3 == 0 else ""
    details = {
        "quantity": 100 + family % 900,
        "wholesalePrice": "0.5",
        "retailPrice": f"{0.5 + family % 100 / 100:.2f}",
        "name": name,
        "genericName": article.line.name.upper(),
    }
    return {
        "productName": f"{name} {article.count} {unit}",
        "sku": f"{300_000_000 + article.number:018d}",
        "medPaxSku": pill,
        "medPaxDetails": details if pill else None,
        "categories": f"All,{article.line.category},{rng.choice(CATEGORIES)}",
        "quantity": rng.choice((0, -2, 3, 40, 250, 900)),
        "releaseDate": f"20{rng.randrange(20, 27)}-0{rng.randrange(1, 10)}-11T06:08:00.32",
        "wholesalePrice": str(round(retail * 6 / 10, 2)),
        "retailPrice": str(retail),
        "upc": _barcode(article, rng),
        "count": str(article.count),
        "flavor": article.flavour,
        "descriptionShort": "",
        "descriptionFull": wording.prose(article, rng),
        "brand": article.brand.name if rng.random() < 0.9 else article.brand.legal_name,
        "weight": "4.5",
        "productImage": f"https://www.wholescripts.com/images/{article.number}.png",
        "supplementFactsHTML": _label(article, rng),
        "defaultDosing": [{"time": time, "qty": qty} for time, qty in rng.choice(TIMES)],
        "drs": "",
        "countUnit": article.form.many,
        "weightUnit": "OZ",
        "warnings": [WARNING] if rng.random() < 0.06 else [],
    }


def _fullscript_row(article: Article, rng: random.Random, seed: int) -> ListingRow:
    name = wording.title(article)
    if rng.random() < 0.4:
        name = wording.respelled(rng, name)
    state = rng.choice(("In Stock",) * 8 + ("Out of Stock", "Backordered"))
    description, label = wording.prose(article, rng), _label(article, rng)
    doses = tuple(Dose(SLOTS[time], Decimal(quantity)) for time, quantity in rng.choice(TIMES))
    unit = article.form.many
    return ListingRow(
        sku=_id(seed, "variant", article.number),
        name=wording.marked(rng, name),
        kind=Kind.BOTTLE,
        brand=article.brand.legal_name if rng.random() < 0.15 else article.brand.name,
        upc=_barcode(article, rng),
        count=str(article.count),
        count_unit=unit if unit == "fl oz" else unit.lower(),
        flavor=article.flavour if rng.random() < 0.7 else "",
        retail_price=_price(article, rng),
        in_stock=state == "In Stock",
        availability=state,
        description_html=description,
        facts_html=label,
        categories=(article.line.category,),
        default_doses=doses,
        vendor_product_id=_id(seed, "product", _family(article)),
        raw={"id": article.number, "name": name, "description_html": description},
    )


def _id(seed: int, kind: str, number: int) -> str:
    text = f"{seed % 65536:04x}{VENDORS.index('fullscript'):04x}{number:024x}"
    kind_of = "4" if kind == "variant" else "5"
    return f"{text[:8]}-{text[8:12]}-{kind_of}{text[13:16]}-8{text[17:20]}-{text[20:]}"
