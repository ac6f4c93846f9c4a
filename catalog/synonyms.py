"""Phrases that mean the same: who types one finds what has any."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import words
from catalog.models import Synonym

LONGEST = 5


@dataclass(frozen=True)
class Part:
    """What was typed as one thing, and what means the same."""

    typed: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()


def parts(typed: list[str]) -> list[Part]:
    """The words in their order, the longest phrases that have synonyms as one. One query."""
    spans = {
        " ".join(typed[start:end]): (start, end)
        for start in range(len(typed))
        for end in range(start + 1, min(start + LONGEST, len(typed)) + 1)
    }
    known: dict[str, set[str]] = {}
    for row in Synonym.objects.filter(phrases__overlap=list(spans)).order_by("pk"):
        for phrase in spans.keys() & set(row.phrases):
            known.setdefault(phrase, set()).update(set(row.phrases) - {phrase})
    found, at = [], 0
    while at < len(typed):
        end = max(
            (end for phrase, (start, end) in spans.items() if start == at and phrase in known),
            default=at + 1,
        )
        same = sorted(known.get(" ".join(typed[at:end]), ()))
        found.append(Part(tuple(typed[at:end]), tuple(tuple(one.split()) for one in same)))
        at = end
    return found


def clean(phrases: list[str]) -> list[str]:
    """As they are compared with what is typed; each once."""
    return list(dict.fromkeys(filter(None, (" ".join(words.split(one)) for one in phrases))))
