"""What was typed as queries of PostgreSQL's full-text search."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from catalog.synonyms import Part

# A shorter beginning says nothing among the words of a description.
SAYS_SOMETHING = 4


@dataclass(frozen=True)
class Query:
    """`front` is asked of what stands on the label's front, `inside` of all words; who has a
    word of `exact` stands before the others."""

    front: str
    inside: str
    exact: str


def typed(parts: list[Part]) -> Query:
    """Every word by its beginning, in any order. A number, or a single letter, that is not
    the last word is whole: nobody goes on typing it."""
    last = parts[-1].typed[-1:]
    each = [word for part in parts for word in part.typed]
    long = {word for word in each if len(word) >= SAYS_SOMETHING and not word.isdecimal()}
    begun = {word for word in each if len(word) > 1 and not word.isdecimal()} | set(last)
    return Query(_all(parts, begun), _all(parts, long), " | ".join(map(_quoted, each)))


def corrected(near: list[list[str]]) -> Query:
    """Each word as one of those it may stand for, the best of them first."""
    text = " & ".join(f"({' | '.join(map(_quoted, words))})" for words in near)
    return Query(text, text, " | ".join(_quoted(words[0]) for words in near))


def _all(parts: list[Part], begun: set[str]) -> str:
    """Each part as it was typed, the words of `begun` by their beginnings, or in other words."""
    return " & ".join(
        f"({' | '.join([_together(part.typed, begun), *map(_together, part.others)])})"
        for part in parts
    )


def _together(words: tuple[str, ...], begun: Container[str] = ()) -> str:
    return " & ".join(_quoted(word) + (":*" if word in begun else "") for word in words)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
