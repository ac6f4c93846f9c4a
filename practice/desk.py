"""Where other apps add to the practice's pages, which import none of them.

Each registers a function in its `AppConfig.ready()`:

    desk.add(function)                  function(request) -> Card | None           on Today
    desk.add_patient_action(function)   function(request, patient) -> Action | None
    desk.add_patient_panel(function)    function(request, patient) -> Panel | None
    desk.add_setting(function)          function(request) -> Setting | None

The functions run inside the request's unit and return None where there is nothing for
this member. What they return is drawn by urgency, then in the order of registration.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from django.http import HttpRequest

from practice.models import Patient


class Urgency(IntEnum):
    """Where a card stands on Today, and how loudly."""

    NOW = 0
    SOON = 1
    CALM = 2


@dataclass(frozen=True)
class Line:
    """One line of a card. `state` and `label` make a status (docs/interface.md); a line
    about a patient says whom, for the audit trail."""

    text: str
    url: str = ""
    note: str = ""
    state: str = ""
    label: str = ""
    patient_id: int | None = None


@dataclass(frozen=True)
class Card:
    """A box on Today. `empty` is said where there are no lines; `count` is how many there
    are in all and `url` leads to them."""

    title: str
    lines: tuple[Line, ...] = ()
    empty: str = ""
    urgency: Urgency = Urgency.CALM
    icon: str = ""
    count: int | None = None
    url: str = ""
    url_label: str = "Show all"


@dataclass(frozen=True)
class Action:
    """Something to do for a patient: a link, or a button of its own form with `post`."""

    label: str
    url: str
    icon: str = ""
    primary: bool = False
    post: bool = False


@dataclass(frozen=True)
class Panel:
    """A box on a patient's page. `template` is included with `panel.context` as `panel`."""

    title: str
    template: str
    context: dict = field(default_factory=dict)
    url: str = ""
    url_label: str = "Show all"


@dataclass(frozen=True)
class Setting:
    """A further page of settings, and how things stand there."""

    title: str
    text: str
    url: str
    state: str = ""
    label: str = ""


_cards: list[Callable[[HttpRequest], Card | None]] = []
_patient_actions: list[Callable[[HttpRequest, Patient], Action | None]] = []
_patient_panels: list[Callable[[HttpRequest, Patient], Panel | None]] = []
_settings: list[Callable[[HttpRequest], Setting | None]] = []


def add(function: Callable[[HttpRequest], Card | None]) -> None:
    _cards.append(function)


def add_patient_action(function: Callable[[HttpRequest, Patient], Action | None]) -> None:
    _patient_actions.append(function)


def add_patient_panel(function: Callable[[HttpRequest, Patient], Panel | None]) -> None:
    _patient_panels.append(function)


def add_setting(function: Callable[[HttpRequest], Setting | None]) -> None:
    _settings.append(function)


def cards(request) -> list[Card]:
    """The cards of this member, the urgent ones first."""
    return sorted(_given(_cards, request), key=lambda card: card.urgency)


def patient_actions(request, patient) -> list[Action]:
    return _given(_patient_actions, request, patient)


def patient_panels(request, patient) -> list[Panel]:
    return _given(_patient_panels, request, patient)


def settings(request) -> list[Setting]:
    return _given(_settings, request)


def _given(functions, *arguments) -> list:
    return [given for function in functions if (given := function(*arguments)) is not None]
