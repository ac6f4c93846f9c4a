"""Where later apps add to the catalogue's pages, which import none of them.

Each registers a function in its `AppConfig.ready()`:

    beside.add_action(function)   function(request, product) -> desk.Action | None
    beside.add_panel(function)    function(request, product) -> desk.Panel | None
    beside.add_tab(function)      function(request) -> Tab | None

Actions and panels stand on a product's page, tabs on top of the catalogue's. The functions run
inside the request's unit and return None where there is nothing for this member.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest

from catalog.models import Product
from practice.desk import Action, Panel


@dataclass(frozen=True)
class Tab:
    """A page beside the catalogue's own, and how many wait there."""

    label: str
    url: str
    count: int = 0


_actions: list[Callable[[HttpRequest, Product], Action | None]] = []
_panels: list[Callable[[HttpRequest, Product], Panel | None]] = []
_tabs: list[Callable[[HttpRequest], Tab | None]] = []


def add_action(function: Callable[[HttpRequest, Product], Action | None]) -> None:
    _actions.append(function)


def add_panel(function: Callable[[HttpRequest, Product], Panel | None]) -> None:
    _panels.append(function)


def add_tab(function: Callable[[HttpRequest], Tab | None]) -> None:
    _tabs.append(function)


def actions(request, product) -> list[Action]:
    return [given for function in _actions if (given := function(request, product)) is not None]


def panels(request, product) -> list[Panel]:
    return [given for function in _panels if (given := function(request, product)) is not None]


def tabs(request) -> list[Tab]:
    return [given for function in _tabs if (given := function(request)) is not None]
