"""How the simulated Fullscript plugs in."""

from tests.simulators.fullscript import actions, app, panel, seed, webhooks
from tests.simulators.fullscript.knobs import KNOBS
from tests.simulators.registry import Vendor

VENDOR = Vendor(
    name="fullscript",
    title="Fullscript",
    urlconf="tests.simulators.fullscript.urls",
    seed=seed.start,
    config=app.config,
    knobs=KNOBS,
    actions=actions.ACTIONS,
    tick=webhooks.tick,
    panel=panel.context,
    headers=lambda world: {"X-Request-Id": world.new_id("request")},
)
