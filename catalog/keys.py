"""What two listings are compared by: a real barcode, and folded facts of the label.

Folding takes away how shops write (case, accents, ®, legal forms, abbreviations, thousands
separators), never what a product is (strength, form, count, flavour).
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from stdnum import ean
from stdnum.exceptions import ValidationError

LEGAL_FORMS = {"inc", "llc", "ltd", "limited", "co", "corp", "corporation", "company", "gmbh"}
FORMS = {
    "capsule": "capsule capsules caps cap vcaps vcap veggiecaps vegcaps",
    "tablet": "tablet tablets tabs tab caplet caplets",
    "softgel": "softgel softgels gels gelcaps",
    "lozenge": "lozenge lozenges loz",
    "gummy": "gummy gummies",
    "chewable": "chewable chewables chews",
    "serving": "serving servings serv scoop scoops",
    "packet": "packet packets stick sticks sachet sachets",
    "gram": "g gram grams",
    "fluid ounce": "oz ounce ounces floz",
    "millilitre": "ml millilitre milliliter millilitres milliliters",
}
FORM_OF = {word: form for form, words in FORMS.items() for word in words.split()}
# Measures are forms as a count's unit only: in a name they say how strong something is.
MEASURES = {word for form in ("gram", "fluid ounce", "millilitre") for word in FORMS[form].split()}
PAIRS = (("soft gels", "softgels"), ("soft gel", "softgel"), ("fl oz", "oz"), ("veg caps", "caps"))
ABBREVIATIONS = {"vit": "vitamin", "mag": "magnesium", "complx": "complex", "cplx": "complex"}
FILLERS = {"and", "with", "the", "of", "by", "for", "a"}
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
# A key whose brand, words, form and count are all there.
COMPLETE = r"^[^|]+\|[^|]+\|[^|]*\|[^|]+\|[^|]+$"
_STRENGTH = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?) ?(mcg|ug|mg|g|iu|billion cfu|billion|million cfu|cfu|ppm|%)(?!\w)"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKS = re.compile("[®™©℠]")
_WORD = re.compile(r"[a-z0-9.%]+")


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
        return _digest(_head(self.brand), self.form, self.count) if self.is_complete else None

    @property
    def is_complete(self) -> bool:
        """Whether the name alone may say that two listings are one product."""
        return bool(self.brand and self.words and self.form and self.count)

    def contradicts(self, other: Facts) -> bool:
        """Whether the two cannot be one product: another count, form or strength. What one
        of them does not say contradicts nothing."""
        return (
            _differ(self.count, other.count)
            or _differ(self.form, other.form)
            or _strengths_differ(self.strength, other.strength)
        )


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
    text = _without_count(fold(name), count, fold(unit))
    strengths = sorted({_strength(*found) for found in _STRENGTH.findall(text)})
    rest = _WORD.findall(re.sub(r"[^\w.%]", " ", _STRENGTH.sub(" ", text)))
    forms = [FORM_OF[word] for word in rest if word in FORM_OF and word not in MEASURES]
    words = {ABBREVIATIONS.get(word, word) for word in _plain(rest) if word not in FORM_OF}
    words |= set(_plain(_WORD.findall(fold(flavor))))
    brands = [word for word in _plain(_WORD.findall(fold(brand))) if word not in LEGAL_FORMS]
    form = _form(unit) or (forms[0] if forms else "")
    return Facts(
        brand=" ".join(brands)[:120],
        words=" ".join(sorted(words - FILLERS))[:400],
        strength="+".join(strengths)[:100],
        form=form,
        count=_number(count),
    )


def title(name: str, count: str, unit: str) -> str:
    """`name` without the pack size at its end: the page shows that by itself."""
    if not count:
        return name
    size = r"[\s,·-]*\b" + re.escape(count) + r"\s*(?:ct\b|count\b|[a-z. ]{0,14})\s*$"
    short = re.sub(size, "", name, flags=re.IGNORECASE)
    return short if len(short) >= 3 else name


def form_word(unit: str) -> str:
    """The dosage form that a unit of count names: 'capsule' of 'Caps'; '' if unknown."""
    found = _form(unit)
    return found if found in FORMS else ""


def fold(text: str) -> str:
    """Lower case without accents, marks and thousands separators."""
    bare = _MARKS.sub("", text).replace("µ", "u").replace("μ", "u")
    bare = unicodedata.normalize("NFKD", bare)
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = _THOUSANDS.sub("", bare.lower()).replace("&", " and ").replace("'", "").replace("’", "")
    bare = re.sub(r"[-/_]", " ", bare)
    for written, meant in PAIRS:
        bare = bare.replace(written, meant)
    return " ".join(bare.split())


def _digest(*parts: str) -> int:
    """64 bits with a sign, as PostgreSQL keeps a bigint."""
    found = hashlib.blake2b("|".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(found, signed=True)


def _head(brand: str) -> str:
    """The letters that a brand begins with, however the rest of it is written."""
    return brand[:4]


def _plain(words: list[str]) -> list[str]:
    """`words` without the dots that end abbreviations and sentences."""
    return [bare for word in words if (bare := word.strip("."))]


def _without_count(text: str, count: str, unit: str) -> str:
    """`text` without "60 capsules": the count is compared by itself."""
    number = _number(count)
    if not number:
        return text
    return _size(number, unit).sub(" ", text.strip())


@functools.lru_cache(maxsize=1000)
def _size(number: str, unit: str) -> re.Pattern:
    """ "60 capsules" at the end of a name. A catalogue has few sizes and many names."""
    units = sorted({unit, *FORM_OF} - {""}, key=len, reverse=True)
    named = "|".join(map(re.escape, units))
    return re.compile(rf"(?<![\w.]){re.escape(number)} ?(?:{named})\b\.?\s*$")


def _strength(number: str, unit: str) -> str:
    base, scale = SCALES[unit]
    return f"{_number(str(Decimal(number) * scale))}{base}"


def _strengths_differ(one: str, other: str) -> bool:
    """Whether no amount agrees though both give one in the same measure."""
    ours, theirs = set(one.split("+")) - {""}, set(other.split("+")) - {""}
    if ours & theirs:
        return False
    return bool({_measure(amount) for amount in ours} & {_measure(amount) for amount in theirs})


def _measure(amount: str) -> str:
    return amount.lstrip("0123456789.")


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _form(unit: str) -> str:
    words = _plain(_WORD.findall(fold(unit)))
    known = [FORM_OF[word] for word in words if word in FORM_OF]
    return known[-1] if known else " ".join(words)[:40]


def _number(text: str) -> str:
    """'60' of '60.0' and '060'; folded text where it is no number."""
    found = re.fullmatch(r"\s*0*(\d+)(?:\.(\d*?)0*)?\s*", text.replace(",", ""))
    if not found:
        return " ".join(_WORD.findall(fold(text)))[:20]
    whole, part = found.groups()
    return f"{whole}.{part}" if part else whole
