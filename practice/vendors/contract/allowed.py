"""What may be written to a vendor, beyond the words that its reference documents.

Every vocabulary is open on reading and closed on writing: a word that is not documented is
written only where somebody verified it, and `Allowed` carries those to the writers.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


class Term(enum.StrEnum):
    """What a vocabulary has words for. A vendor writes some of them."""

    TIME = "time"  # when a dose is taken
    PACKET = "packet"  # when a packet is taken
    DURATION = "duration"  # for how many days
    AMOUNT = "amount"  # how many at a time
    FREQUENCY = "frequency"  # how many times a day
    FORM = "form"  # what is taken: a capsule, a drop


@dataclass(frozen=True)
class OpenWord:
    """`word`, exactly as the vendor spells it, may be written for `meaning`, which is spelt as
    `practice.vendors.meanings` spells it."""

    term: str
    word: str
    meaning: str


@dataclass(frozen=True)
class Allowed:
    """The words that were opened for writing at one vendor, and how many of one pill a packet
    may hold; None for the vendor's usual number."""

    words: tuple[OpenWord, ...] = ()
    pills_per_packet: int | None = None

    def word(self, term: Term, meaning: str) -> str:
        """The opened word for `meaning`; '' where there is none."""
        found = (one.word for one in self.words if (one.term, one.meaning) == (term, meaning))
        return next(found, "")

    def meaning(self, term: Term, word: str) -> str:
        """What an opened word means; '' for any other."""
        found = (one.meaning for one in self.words if (one.term, one.word) == (term, word))
        return next(found, "")


NOTHING_MORE = Allowed()


@dataclass(frozen=True)
class Vocabulary:
    """The words of one kind that a vendor takes. `documented` gives the meaning of each that
    may be written as it is, `read` of those that are understood only; `meaning` spells what a
    person typed as a meaning, `refuse` says why a word cannot be one of this kind ('' when it
    can). Both of a person's texts: the first raises `ValueError` with a sentence."""

    term: Term
    label: str
    documented: Mapping[str, str] = field(hash=False)
    meaning: Callable[[str], str]
    read: Mapping[str, str] = field(default_factory=dict, hash=False)
    refuse: Callable[[str], str] = lambda word: ""
