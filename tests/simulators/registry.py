"""Which vendors there are, and what each brings along.

    # tests/simulators/scriptrun/vendor.py
    VENDOR = Vendor(
        name="scriptrun",
        title="ScriptRun",
        urlconf="tests.simulators.scriptrun.urls",
        seed=seed.start,                   # (world) -> dict: world.store["scriptrun"]
        config=app.config,                 # (site_url) -> dict: world.config["scriptrun"]
        knobs={"sends_eta": Knob(True, "Webhooks carry an ETA")},
        actions={"deliver": actions.deliver}, # POST /api/scriptrun/deliver, JSON in and out
        tick=webhooks.deliver_due,         # (world), on its own thread, twice a second
        headers=rest.headers,                # (world) -> dict, set on every answer it gives
        panel=panel.context,               # (world) -> dict: `panel` in its template
    )

Rules for views and hooks:

- A vendor's views run one at a time, under `world.lock`. Actions and `tick` do not:
  take `with world.lock:` round what reads or changes the store, and never hold it
  over an HTTP call (the product may call back while it answers a webhook).
- The store holds plain JSON values only; the catalogue does not belong in it.
- An action refuses with `ActionError("sentence")` (answered 422). From the control
  page it gets the form's fields, from the API the JSON body; values may be strings.
- Authentication notes who called: `request.environ["simulator.account"] = "..."`,
  which the request log shows.
- Templates are found in `<package>/templates`, static files in `<package>/static`
  under `/static/` of the vendor's own origin.
- `control/templates/simulators/_<name>.html` is the vendor's column on the control page;
  it gets `panel` and `holds` (its store). A form there posts to `/do/<name>/<action>`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONTROL = "control"
TITLES = {
    "fullscript": "Fullscript",
    "wholescripts": "WholeScripts",
    "scriptrun": "ScriptRun",
}


class ActionError(Exception):
    """An action was asked for something it cannot do; the sentence is shown."""


@dataclass(frozen=True)
class Knob:
    """A named switch: its default and what it does, in a few words.

    A boolean default makes a check-box on the control page; `choices` makes a list;
    anything else a text field whose value keeps the default's type. Knobs of one `group`
    stand together there, under its name.
    """

    default: Any
    about: str
    choices: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Vendor:
    """One simulated vendor. The module docstring says when each hook is called."""

    name: str
    title: str
    urlconf: str
    seed: Callable[[Any], dict] = lambda world: {}
    config: Callable[[str], dict] = lambda site_url: {}
    knobs: Mapping[str, Knob] = field(default_factory=dict)
    actions: Mapping[str, Callable[[Any, dict], dict]] = field(default_factory=dict)
    tick: Callable[[Any], None] | None = None
    panel: Callable[[Any], dict] = lambda world: {}
    headers: Callable[[Any], dict] = lambda world: {}


def load() -> dict[str, Vendor]:
    """Every vendor by name; one whose package is not there yet answers 404 to everything."""
    return {name: _vendor(name, title) for name, title in TITLES.items()}


def _vendor(name, title):
    package = f"tests.simulators.{name}"
    if importlib.util.find_spec(package) and importlib.util.find_spec(f"{package}.vendor"):
        return importlib.import_module(f"{package}.vendor").VENDOR
    return Vendor(name=name, title=title, urlconf="tests.simulators.placeholder")
