"""Whether a practice is set up and at work, step by step: red, amber or green, with the fix.

Each app adds its steps in its `admin.py`:

    checklist.add(place, title, function)
        function(practices: list[Practice], now) -> {practice id: Finding}

It is asked for all practices of a list at once and does a fixed number of queries. `place`
orders the steps. What is left out of the answer, or is grey, does not count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from practice.models import Practice

RED, AMBER, GREEN, GREY = "red", "amber", "green", "grey"
WORDS = {RED: "To mend", AMBER: "To look at", GREEN: "Good", GREY: "Not in use"}
LOUDEST = (RED, AMBER, GREEN, GREY)


@dataclass(frozen=True)
class Finding:
    """How a step stands, and where it is not green, what mends it and the desk to go to."""

    colour: str
    words: str
    fix: str = ""
    url: str = ""


Finder = Callable[[Sequence[Practice], dt.datetime], Mapping[int, Finding]]


@dataclass(frozen=True)
class Step:
    place: int
    title: str
    find: Finder


@dataclass(frozen=True)
class Line:
    title: str
    finding: Finding

    @property
    def word(self) -> str:
        return WORDS[self.finding.colour]


@dataclass(frozen=True)
class Checklist:
    """The steps of one practice, in their order."""

    lines: tuple[Line, ...]

    @property
    def colour(self) -> str:
        """The worst of its steps'."""
        colours = {line.finding.colour for line in self.lines}
        return next((colour for colour in LOUDEST if colour in colours), GREY)

    @property
    def word(self) -> str:
        return WORDS[self.colour]

    def of_colour(self, colour: str) -> list[Line]:
        return [line for line in self.lines if line.finding.colour == colour]


_steps: list[Step] = []


def add(place: int, title: str, find: Finder) -> None:
    _steps.append(Step(place, title, find))
    _steps.sort(key=lambda step: step.place)


def of(practices: Sequence[Practice], now: dt.datetime) -> dict[int, Checklist]:
    """The checklist of each practice by its id."""
    if not practices:
        return {}
    found = [(step.title, step.find(practices, now)) for step in _steps]
    return {
        practice.pk: Checklist(
            tuple(
                Line(title, findings[practice.pk])
                for title, findings in found
                if practice.pk in findings
            )
        )
        for practice in practices
    }
