"""What became of webhooks: the rows that an app made or changed because of them.

Each app that subscribes to the inbox adds a function in its `admin.py`:

    handled.add(function)     function(receipts: list[Receipt]) -> {receipt id: [Handled, …]}

It is asked for a page's receipts at once and does a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from practice.models import Receipt


@dataclass(frozen=True)
class Handled:
    """A row that has to do with a receipt, in words, and its page on the staff desk."""

    label: str
    url: str


Finder = Callable[[Sequence[Receipt]], Mapping[int, Sequence[Handled]]]
_finders: list[Finder] = []


def add(function: Finder) -> None:
    _finders.append(function)


def of(receipts: Sequence[Receipt]) -> Mapping[int, list[Handled]]:
    found = defaultdict(list)
    for finder in _finders if receipts else ():
        for receipt_id, rows in finder(receipts).items():
            found[receipt_id] += rows
    return found
