"""What two listings are compared by: a real barcode, and folded facts of the label.

Folding takes away how shops write (case, accents, ®, legal forms, abbreviations, thousands
separators, where the count stands), never what a product is (strength, form, count, flavour).
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from stdnum import ean
from stdnum.exceptions import ValidationError

from catalog import lexicon

FORMS = {
    "capsule": "capsule capsules caps cap vcaps vcap veggiecaps vegcaps licaps cp",
    "tablet": "tablet tablets tabs tab caplet caplets tb",
    "softgel": "softgel softgels gels gelcaps sg",
    "lozenge": "lozenge lozenges loz",
    "gummy": "gummy gummies gum",
    "chewable": "chewable chewables chews chew",
    "serving": "serving servings serv scoop scoops srv",
    "packet": "packet packets stick sticks sachet sachets",
    "gram": "g gram grams gm",
    "fluid ounce": "oz ounce ounces floz",
    "millilitre": "ml millilitre milliliter millilitres milliliters",
}
FORM_OF = {word: form for form, words in FORMS.items() for word in words.split()}
# A chewable tablet is no tablet: the first of these that is named is the form.
NARROW = ("chewable", "gummy", "lozenge", "softgel", "packet")
# Measures are forms as a count's unit only: in a name they say how strong something is.
MEASURES = {word for form in ("gram", "fluid ounce", "millilitre") for word in FORMS[form].split()}
# Units that say only that something was counted: the name says what.
PIECES = {"ct", "count", "counts", "piece", "pieces", "pcs", "pc", "each", "ea", "unit", "units"}
SPELLINGS = (
    (re.compile(r"\bsoft gel(s?)\b"), r"softgel\1"),
    (re.compile(r"\bfl\.? oz\b\.?"), "oz"),
    (re.compile(r"\b(?:veg|veggie|vegetarian|vegetable) (?=cap)"), ""),
    (re.compile(r"\bmulti (vitamins?|minerals?)\b"), r"multi\1"),
    (re.compile(r"\bco ?q ?10\b"), "coq10"),
    (re.compile(r"\b(b|d|k|mk|omega) (\d{1,2})\b(?! ?(?:mg|mcg|g|iu|%|billion|million))"), r"\1\2"),
    (re.compile(r"\b5 (htp|mthf)\b"), r"5\1"),
    (re.compile(r"\bp 5 p\b"), "p5p"),
)
# What a name says of everything that the maker sells.
CLAIMS = re.compile(
    r",? ?\b(?:professional strength|non gmo|(?:gluten|soy|dairy|gmo) free|third party tested"
    r"(?: for purity)?|(?:dietary|food) supplement|packaging may vary|made without .*$)"
)
# Everything in micrograms, international units, CFU; other units stay themselves.
SCALES = {
    "mcg": ("mcg", Decimal(1)),
    "ug": ("mcg", Decimal(1)),
    "mg": ("mcg", Decimal(1000)),
    "g": ("mcg", Decimal(1_000_000)),
    "iu": ("iu", Decimal(1)),
    "billion cfu": ("cfu", Decimal(10**9)),
    "billion": ("cfu", Decimal(10**9)),
    "million cfu": ("cfu", Decimal(10**6)),
    "cfu": ("cfu", Decimal(1)),
    "ppm": ("ppm", Decimal(1)),
    "%": ("%", Decimal(1)),
}
VITAMIN_D = {"d", "d2", "d3"}  # 40 IU of it are a microgram
ML_AN_OUNCE, ROUNDED = 29.5735, 0.02
_STRENGTH = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?) ?(mcg|ug|mg|g|iu|billion cfu|billion|million cfu|cfu|ppm|%)(?!\w)"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_SOLID = "|".join(sorted((set(FORM_OF) - MEASURES) | PIECES, key=len, reverse=True))
_COUNTED = re.compile(rf"(?<![\w.])(\d{{1,4}}) ?({_SOLID})\b\.?")
_MARKS = re.compile("[®™©℠]")
_WORD = re.compile(r"[a-z0-9.%]+")
_BETWEEN = re.compile(r"[^\w.%]")


@dataclass(frozen=True)
class Facts:
    """A label, folded. Each part is '' where the listing does not say."""

    brand: str
    words: str
    strength: str
    form: str
    count: str

    @classmethod
    def of_key(cls, key: str) -> Facts:
        return cls(*key.split("|")) if key else cls("", "", "", "", "")

    @property
    def key(self) -> str:
        return "|".join((self.brand, self.words, self.strength, self.form, self.count))

    @property
    def family(self) -> int | None:
        """Alike in all sizes of one thing; None where brand or name are not known."""
        if not self.brand or not self.words:
            return None
        return _digest(self.brand, self.words, self.strength, self.form)

    @property
    def block(self) -> int | None:
        """Alike in all that a name may tie together; None where it may tie to nothing."""
        if not (self.brand and self.words and self.count):
            return None
        return _digest(self.brand[:HEAD], self.count)

    @property
    def is_complete(self) -> bool:
        """Whether the name alone may say that two listings are one product."""
        return bool(self.brand and self.words and self.form and self.count)

    def under(self, aliases: Mapping[str, str]) -> Facts:
        """With the brand's own name where it is written as one of `aliases`."""
        brand = aliases.get(self.brand)
        return replace(self, brand=brand) if brand else self


HEAD = 4  # letters that a brand begins with, however the rest of it is written


def gtin(upc: str) -> str:
    """`upc` in 14 digits; '' when it is no barcode, fails its check digit or is a dummy."""
    digits = re.sub(r"[\s-]", "", upc)
    if not digits.isascii() or not digits.isdecimal() or not 8 <= len(digits) <= 14:
        return ""
    full = digits.zfill(14)
    if len(set(full.lstrip("0")[:-1])) <= 1 or full.lstrip("0") in ("123456789012", "12345670"):
        return ""
    try:
        ean.validate(full)
    except ValidationError:
        return ""
    return full


def facts(
    *, name: str, brand: str = "", count: str = "", unit: str = "", flavor: str = ""
) -> Facts:
    """The facts in one listing's words."""
    maker = brand_key(brand)
    text = CLAIMS.sub(" ", _without_brand(fold(name), maker))
    form, number = _unit(unit), _number(count)
    text, number, named = _sized(text, number, form, fold(unit))
    strengths = {_strength(*found) for found in _STRENGTH.findall(text)}
    rest = _words(_STRENGTH.sub(" ", text))
    forms = [FORM_OF[word] for word in rest if word in FORM_OF and word not in MEASURES]
    words = {lexicon.ABBREVIATIONS.get(word, word) for word in rest if word not in FORM_OF}
    words |= set(_words(fold(flavor)))
    form = _narrowest(form, named, *forms)
    if form in POURED_FORMS:
        words -= lexicon.POURED
    if form == "millilitre":
        form, number = _in_ounces(number)
    return Facts(
        brand=maker,
        words=" ".join(sorted(words - lexicon.FILLERS))[:400],
        strength="+".join(sorted(_of_vitamin_d(strengths, words)))[:100],
        form=form,
        count=number,
    )


POURED_FORMS = {"serving", "gram", "packet", "fluid ounce", "millilitre"}


def title(name: str, count: str, unit: str) -> str:
    """`name` without the pack size at its end: the page shows that by itself."""
    if not count:
        return name
    size = r"[\s,·-]*\b" + re.escape(count) + r"\s*(?:ct\b|count\b|[a-z. ]{0,14})\s*$"
    short = re.sub(size, "", name, flags=re.IGNORECASE)
    return short if len(short) >= 3 else name


def form_word(unit: str) -> str:
    """The dosage form that a unit of count names: 'capsule' of 'Caps'; '' if unknown."""
    found = _unit(unit)
    return found if found in FORMS else ""


def fold(text: str) -> str:
    """Lower case without accents, marks and thousands separators."""
    bare = _MARKS.sub("", text).replace("µ", "u").replace("μ", "u")
    if not bare.isascii():
        bare = unicodedata.normalize("NFKD", bare)
        bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = _THOUSANDS.sub("", bare.lower()).replace("&", " and ").replace("'", "").replace("’", "")
    bare = " ".join(re.sub(r"[-/_]", " ", bare).split())
    for written, meant in SPELLINGS:
        bare = written.sub(meant, bare)
    return bare


@functools.lru_cache(maxsize=5000)
def brand_key(brand: str) -> str:
    """A brand as shops agree to write it: without marks and legal forms."""
    words = [_HOUSE.get(word, word) for word in _words(fold(brand))]
    return " ".join(word for word in words if word not in lexicon.LEGAL_FORMS)[:120]


_HOUSE = {"laboratories": "labs", "laboratory": "labs", "lab": "labs"}


def _digest(*parts: str) -> int:
    """64 bits with a sign, as PostgreSQL keeps a bigint."""
    found = hashlib.blake2b("|".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(found, signed=True)


def _words(text: str) -> list[str]:
    """Without the dots that end abbreviations and sentences."""
    return [bare for word in _WORD.findall(_BETWEEN.sub(" ", text)) if (bare := word.strip("."))]


def _without_brand(text: str, maker: str) -> str:
    """Many a name begins with its maker."""
    rest = text.removeprefix(maker) if maker else text
    return rest if rest[:1] == " " else text


def _sized(text: str, number: str, form: str, unit: str) -> tuple[str, str, str]:
    """(`text` without "60 capsules", the count, the form that stood beside it): the count
    is compared by itself, and taken from the name where no field has it."""
    named = ""
    for found in _COUNTED.finditer(text):
        if number in ("", found[1]):
            number, word = found[1].lstrip("0"), found[2]
            named = FORM_OF.get(word, "")
            text = f"{text[: found.start()]} {text[found.end() :]}"
            break
    else:
        if number:
            text = _size(number, unit).sub(" ", text)
    return text, number, named


@functools.lru_cache(maxsize=1000)
def _size(number: str, unit: str) -> re.Pattern:
    """ "2 oz" at the end of a name. A catalogue has few sizes and many names."""
    units = sorted({unit, *FORM_OF} - {""}, key=len, reverse=True)
    named = "|".join(map(re.escape, units))
    return re.compile(rf"(?<![\w.]){re.escape(number)} ?(?:{named})\b\.?\s*$")


def _strength(number: str, unit: str) -> str:
    base, scale = SCALES[unit]
    return f"{_number(str(Decimal(number) * scale))}{base}"


def _of_vitamin_d(strengths: set[str], words: set[str]) -> set[str]:
    if words.isdisjoint(VITAMIN_D):
        return strengths
    return {
        f"{_number(str(Decimal(amount[:-2]) / 40))}mcg" if amount.endswith("iu") else amount
        for amount in strengths
    }


def _narrowest(*forms: str) -> str:
    """Of what unit and name call it: the narrow word before the wide one."""
    named = [form for form in forms if form]
    return next((form for form in NARROW if form in named), named[0] if named else "")


def _in_ounces(number: str) -> tuple[str, str]:
    """Millilitres as fluid ounces, where a label would round them to whole ones."""
    try:
        ounces = float(number) / ML_AN_OUNCE
    except ValueError:
        return "millilitre", number
    whole = round(ounces)
    if whole and abs(ounces - whole) <= ROUNDED * whole:
        return "fluid ounce", str(whole)
    return "millilitre", number


@functools.lru_cache(maxsize=1000)
def _unit(unit: str) -> str:
    words = [word for word in _words(fold(unit)) if word not in PIECES]
    known = [FORM_OF[word] for word in words if word in FORM_OF]
    return _narrowest(known[-1], *known) if known else " ".join(words)[:40]


def _number(text: str) -> str:
    """'60' of '60.0' and '060'; folded text where it is no number."""
    found = re.fullmatch(r"\s*0*(\d+)(?:\.(\d*?)0*)?\s*", text.replace(",", ""))
    if not found:
        return " ".join(_WORD.findall(fold(text)))[:20]
    whole, part = found.groups()
    return f"{whole}.{part}" if part else whole
