"""What a label says of allergens. Only what is said plainly counts: a line with an "except" or a
"may contain" is for a person to read."""

from __future__ import annotations

import re

from catalog.facts_panel.panel import ALLERGENS

_WORDS = {
    "milk": (
        r"(?<!coconut )(?<!almond )(?<!oat )(?<!rice )(?<!soy )milk(?! thistle)|dairy|casein|whey"
    ),
    "egg": r"eggs?|egg whites?",
    "fish": r"fish(?:es)?",
    "shellfish": r"(?:crustacean )?shellfish|crustaceans?|shrimps?|crabs?|lobsters?",
    "tree nuts": r"tree[ -]?nuts?",
    "peanut": r"peanuts?",
    "wheat": r"wheat",
    "soy": r"soy|soya|soybeans?",
    "sesame": r"sesame(?: seeds?)?",
    "gluten": r"gluten",
}
_NAMED = {word: re.compile(rf"\b(?:{found})\b", re.I) for word, found in _WORDS.items()}
_ANY = "|".join(_WORDS.values())
# Where a sentence is for a person: it takes back, or speaks of the place and not of the product.
_DOUBT = re.compile(
    r"\b(?:may|except|other than|but|facility|equipment|plant|processed|trace|traces|not (?:tested|"
    r"certified|gluten|dairy|soy)|unless|ppm|parts per|less than|added)\b",
    re.I,
)
_HAS = re.compile(
    r"(?:(?:food )?allergens?(?: information| warning| statement)?\s*:?\s*)?"
    r"(?:contains?|allergens?(?: information| warning)?)(?:\s*:\s*|\s+)(?!no\b|less\b|0)",
    re.I,
)
_HAS_NOT = re.compile(
    r"(?:this product |product )?(?:contains? no|(?:is )?free (?:of|from)|does not contain|"
    r"made without|without|no added|no)\b:?\s*",
    re.I,
)
_FREE = re.compile(rf"\b(?:{_ANY})[ -]?free\b", re.I)
_NEGATION = re.compile(r"\b(?:no|not|free|without|never|non)\b", re.I)
_SENTENCE = re.compile(r"(?<=[.;!])\s+|;|(?<=\w)\.(?=[A-Z])")
STARTS = re.compile(
    r"(?:(?:food )?allergen|contains?\b|free (?:of|from)\b|does not contain\b|made without\b|"
    rf"no (?:{_ANY})\b|(?:{_ANY})[ -]free\b)",
    re.I,
)


def read(line: str) -> tuple[set[str], set[str]] | None:
    """(what it contains, what it is free of); None where it speaks of neither plainly."""
    contains, free, understood = set(), set(), False
    for sentence in filter(str.strip, _SENTENCE.split(line)):
        sentence = sentence.strip()
        if not _words(sentence):
            continue
        if _DOUBT.search(sentence):
            return None
        if start := _HAS_NOT.match(sentence):
            rest = sentence[start.end() :]
            if re.search(r"\bcontains?\b|:", rest, re.I):
                return None
            free |= _words(rest)
        elif _HAS.match(sentence) and not _NEGATION.search(sentence):
            contains |= _words(sentence)
        elif (found := _FREE.findall(sentence)) and not re.search(r"\bnot\b", sentence, re.I):
            free |= _words(" ".join(found))
        else:
            continue
        understood = True
    return (contains, free - contains) if understood else None


def in_order(words: set[str]) -> tuple[str, ...]:
    return tuple(word for word in ALLERGENS if word in words)


def _words(text: str) -> set[str]:
    return {word for word, pattern in _NAMED.items() if pattern.search(text)}
