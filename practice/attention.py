"""What needs somebody of the operator's staff, counted for the front page of their desk.

Each app adds a function in its `admin.py`:

    attention.add(function)     function(practice: Practice | None, now) -> list[Figure]

`practice` is the one that the desk is narrowed to. A function does a fixed number of
queries, and as few as it can.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from practice.models import Practice

RED, AMBER, GREEN = "red", "amber", "green"


@dataclass(frozen=True)
class Figure:
    """`count` of something at `url`. `tone` is how it is drawn where there are any."""

    label: str
    count: int
    url: str
    tone: str = RED

    @property
    def shown_as(self) -> str:
        return self.tone if self.count else GREEN


_counters: list[Callable[[Practice | None, dt.datetime], list[Figure]]] = []


def add(function: Callable[[Practice | None, dt.datetime], list[Figure]]) -> None:
    _counters.append(function)


def figures(practice: Practice | None, now: dt.datetime) -> list[Figure]:
    """Everything counted, what is there first and the red before the amber."""
    found = [figure for counter in _counters for figure in counter(practice, now)]
    loud = {RED: 0, AMBER: 1, GREEN: 2}
    return sorted(found, key=lambda figure: loud[figure.shown_as])
