"""Words of the catalogue that are a slip or two away from what was typed.

The vocabulary is held in the process, a shared one and each practice's own beside it, and
catches up with rows that are newer than those it has.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.models import Word

SHORTEST = 4
# From this length on two slips are forgiven, below one.
LONG = 6
MOST = 8


@dataclass
class _Vocabulary:
    last: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def catch_up(self, practice_id: int | None):
        rows = Word.objects.filter(practice=practice_id, facet="", pk__gt=self.last)
        for pk, word, n in rows.order_by("pk").values_list("pk", "word", "n").iterator(10_000):
            self.last, self.counts[word] = pk, n


@functools.lru_cache(maxsize=100)
def _vocabulary(practice_id: int | None) -> _Vocabulary:
    return _Vocabulary()


def near(practice_id: int, typed: list[str]) -> list[list[str]]:
    """For each word those it may stand for, best first, itself where it is one of the
    catalogue's; only itself where nothing is near. Two queries."""
    known = [_vocabulary(None), _vocabulary(practice_id)]
    for vocabulary, owner in zip(known, (None, practice_id), strict=True):
        vocabulary.catch_up(owner)
    return [_near(word, known) for word in typed]


def _near(typed: str, known: list[_Vocabulary]) -> list[str]:
    if len(typed) < SHORTEST or not typed.isalpha():
        return [typed]
    slips = 2 if len(typed) >= LONG else 1
    found: dict[str, tuple] = {}
    for vocabulary in known:
        for word, distance, _ in process.extract_iter(
            typed, vocabulary.counts.keys(), scorer=OSA.distance, score_cutoff=slips, processor=None
        ):
            # The first letter is seldom wrong.
            key = (distance, word[0] != typed[0], -vocabulary.counts[word], word)
            found[word] = min(key, found.get(word, key))
    best = sorted(found, key=found.__getitem__)[:MOST]
    return best or [typed]
