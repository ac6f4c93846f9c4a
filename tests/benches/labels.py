"""Two shops' labels of one made-up market, with the noise that real catalogues have, and the
truth about them.

`rows(seed, scale)` gives each shop's rows with the article that each is of. Every label is
made by chance of its own. `TUNING` and `SCORING` are the seeds: whatever is tuned is tuned by
the first, with `NOISE` only; the second adds noise of the kinds in `HELD_OUT` and words in
`TURNS_HELD_OUT`, which nothing was tuned by.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.simulators.catalogue.articles import Article, articles
from tests.simulators.catalogue.brands import invented
from tests.simulators.catalogue.wording import title

TUNING, SCORING = 4001, 9002
TURNS = ("Plus", "Forte", "Kids", "Men", "Women", "Prenatal")
TURNS_HELD_OUT = ("Ultimate", "Select", "Junior", "PM", "Sensitive", "II")


@dataclass(frozen=True)
class Row:
    """One label. `article` is what it is of, `turn` the word that makes another of that."""

    sku: str
    article: Article
    turn: str
    name: str
    brand: str
    count: str
    unit: str
    flavor: str
    upc: str
    noise: tuple[str, ...] = ()

    @property
    def truth(self) -> tuple:
        return (self.article.key, self.turn)

    @property
    def maker_and_line(self) -> tuple:
        return (self.article.brand.number, self.article.line.name)


def rows(seed: int, scale: int) -> tuple[list[Row], list[Row]]:
    """(one shop's, the other's). About six in ten articles are in both."""
    held_out = seed != TUNING
    turns = TURNS + (TURNS_HELD_OUT if held_out else ())
    one, other = [], []
    for article, turn in _things(seed, scale, turns):
        rng = random.Random(f"{seed}/{article.key}/{turn}")
        where = rng.random()
        row = _clean(article, turn)
        if where < 0.8:
            one.append(replace(row, sku=f"A{len(one):07d}", **_plain_field(rng, row)))
        if where < 0.6 or where >= 0.8:
            other.append(replace(_noisy(rng, row, held_out), sku=f"B{len(other):07d}"))
    return _with_bad_codes(seed, one), _with_bad_codes(seed + 1, other)


def _things(seed: int, scale: int, turns):
    """Every article, and a sibling with a turning word of every twelfth."""
    makers = {brand.number for brand in invented(seed, scale)}
    for article in articles(seed, scale):
        if article.brand.number not in makers:
            continue
        yield article, ""
        rng = random.Random(f"{seed}/sibling/{article.key}")
        if rng.random() < 1 / 12:
            yield article, rng.choice(turns)


def _clean(article: Article, turn: str) -> Row:
    upc = article.upc if not turn else ""
    name = title(article)
    if turn:
        name = name.replace(article.line.name, f"{article.line.name} {turn}", 1)
    return Row(
        sku="",
        article=article,
        turn=turn,
        name=name,
        brand=article.brand.name,
        count=str(article.count),
        unit=article.form.many,
        flavor="",
        upc=upc,
    )


def _plain_field(rng: random.Random, row: Row) -> dict:
    """The tidy shop: a barcode in nine of ten rows, sometimes the size in the name."""
    return {
        "upc": row.upc if rng.random() < 0.9 else "",
        "name": f"{row.name}, {row.count} {row.unit}" if rng.random() < 0.3 else row.name,
    }


def _noisy(rng: random.Random, row: Row, held_out: bool) -> Row:
    """The other shop's: no to three kinds of noise, and a barcode in six of ten rows."""
    kinds = dict(NOISE)
    if held_out:
        kinds |= HELD_OUT
    names = list(kinds)
    weights = [RARE.get(name, 1) for name in names]
    chosen = []
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        name = rng.choices(names, weights)[0]
        if name not in chosen:
            chosen.append(name)
    for name in sorted(chosen, key=names.index):
        row = kinds[name](rng, row)
    return replace(row, upc=row.upc if rng.random() < 0.6 else "", noise=tuple(chosen))


def _with_bad_codes(seed: int, made: list[Row]) -> list[Row]:
    """One row in a hundred carries another's barcode of its maker, one in two hundred a code
    that several makers share, one in a hundred a dummy."""
    rng = random.Random(f"{seed}/codes")
    by_maker: dict[int, list[Row]] = {}
    for row in made:
        by_maker.setdefault(row.article.brand.number, []).append(row)
    shared = ["614141000036", "614141000043", "614141000050"]
    found = []
    for row in made:
        draw = rng.random()
        if draw < 0.01:
            row = replace(row, upc=rng.choice(by_maker[row.article.brand.number]).article.upc)
        elif draw < 0.015:
            row = replace(row, upc=rng.choice(shared))
        elif draw < 0.025:
            row = replace(row, upc=rng.choice(("000000000000", "123456789012", "999999999999")))
        found.append(row)
    return found


# --- Kinds of noise

Kind = Callable[[random.Random, Row], Row]


def _name(change: Callable[[str], str]) -> Kind:
    return lambda rng, row: replace(row, name=change(row.name))


def _brand(change: Callable[[str], str]) -> Kind:
    return lambda rng, row: replace(row, brand=change(row.brand))


def _legal(rng, row):
    return replace(row, brand=row.brand + rng.choice((", Inc.", " LLC", " Ltd.", ", Corp.", "®")))


def _house_left_out(rng, row):
    return replace(row, brand=row.brand.split()[0])


def _slip_in(rng, text: str) -> str:
    """A letter left out, doubled, or two swapped, in one longer word."""
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if not long:
        return text
    place = rng.choice(long)
    word, at = words[place], rng.randrange(1, len(words[place]) - 1)
    words[place] = rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(words)


def _slip(rng, row):
    return replace(row, name=_slip_in(rng, row.name))


def _slip_in_brand(rng, row):
    return replace(row, brand=_slip_in(rng, row.brand))


def _short_unit(rng, row):
    return replace(row, unit=row.article.form.short)


def _pieces(rng, row):
    """`60 ct`, with the form at the end of the name."""
    if not row.article.form.swallowed:
        return row
    return replace(row, unit="ct", name=f"{row.name} {row.article.form.many}")


def _count_in_name(rng, row):
    if not row.article.form.swallowed:
        return row
    return replace(row, name=f"{row.name} {row.count} {row.article.form.short}", count="", unit="")


def _size_in_name_too(rng, row):
    return replace(row, name=f"{row.name} {row.count} {row.unit}")


def _millilitres(rng, row):
    if row.article.form.name != "liquid":
        return row
    return replace(row, count=str(round(29.5735 * row.article.count)), unit="mL")


def _grams(rng, row):
    return replace(row, name=row.name.replace("1,000 mg", "1 g").replace("2,000 mg", "2 g"))


def _micrograms_of_d(rng, row):
    if row.article.line.name != "Vitamin D3":
        return row
    label = row.article.strength_label
    return replace(row, name=row.name.replace(label, f"{row.article.strength:g} mcg ({label})"))


def _strength_first(rng, row):
    label = row.article.strength_label
    return replace(row, name=f"{label} {row.name.replace(label, '')}".strip())


def _flavour_in_its_field(rng, row):
    flavour = row.article.flavour
    name = " ".join(row.name.replace(flavour, "").split()) if flavour else row.name
    return replace(row, name=name, flavor=flavour)


def _strength_left_out(rng, row):
    return replace(row, name=" ".join(row.name.replace(row.article.strength_label, "").split()))


def _cut_off(rng, row):
    return replace(row, name=row.name[: rng.randrange(18, 30)].rstrip())


NOISE: dict[str, Kind] = {
    "flavour in its field": _flavour_in_its_field,
    "strength first": _strength_first,
    "grams": _grams,
    "micrograms of D": _micrograms_of_d,
    "strength left out": _strength_left_out,
    "Vit.": _name(lambda text: text.replace("Vitamin", "Vit.")),
    "units glued": _name(lambda text: text.replace(" mg", "mg").replace(" mcg", "mcg")),
    "no separators": _name(lambda text: text.replace(",", "")),
    "no hyphens": _name(lambda text: text.replace("-", " ")),
    "capitals": _name(str.upper),
    "marks": _name(lambda text: text.replace(" ", "® ", 1) + "™"),
    "supplement": _name(lambda text: f"{text} Dietary Supplement"),
    "slip": _slip,
    "cut off": _cut_off,
    "maker in the name": lambda rng, row: replace(row, name=f"{row.brand} {row.name}"),
    "short unit": _short_unit,
    "pieces": _pieces,
    "count in the name": _count_in_name,
    "size in the name too": _size_in_name_too,
    "millilitres": _millilitres,
    "legal form": _legal,
    "laboratories": _brand(lambda text: text.replace("Labs", "Laboratories")),
    "capitals in the brand": _brand(str.upper),
    "house left out": _house_left_out,
}
HELD_OUT: dict[str, Kind] = {
    "slip in the brand": _slip_in_brand,
    "ampersand": _name(lambda text: text.replace(" and ", " & ").replace("Complex", "Cplx")),
    "premium": _name(lambda text: f"Premium {text}"),
    "gluten free": _name(lambda text: f"{text}, Gluten-Free, Non-GMO"),
    "joined": _name(lambda text: text.replace("Alpha-Lipoic", "Alphalipoic")),
    "no accents": _name(lambda text: text.replace("ç", "c").replace("é", "e").replace("ñ", "n")),
    "plural": _name(lambda text: text.replace("Enzymes", "Enzyme").replace("Peptides", "Peptide")),
    "size with a hyphen": lambda rng, row: replace(row, name=f"{row.name} - {row.count}-Count"),
    "micro sign": _name(lambda text: text.replace("mcg", "µg")),
}
# Seldom: a shop that wrote so all the time would sell little. Others have the weight 1.
RARE = {
    "strength left out": 0.12,
    "cut off": 0.12,
    "slip in the brand": 0.3,
    "house left out": 0.5,
}
