"""ScriptRun, plugged into the process."""

from tests.simulators.registry import Vendor
from tests.simulators.scriptrun import actions, app, panel, webhooks
from tests.simulators.scriptrun.knobs import KNOBS


def start(world) -> dict:
    """The store: nothing pushed yet.

    `queue` lists the ids of deliveries still to be made, `barcodes` finds a key's package
    by barcode, `requests` and `orders` are the limits' windows.
    """
    return {
        "packages": {},
        "barcodes": {},
        "duplicates": 0,
        "deliveries": {},
        "queue": [],
        "requests": {},
        "orders": {},
    }


VENDOR = Vendor(
    name="scriptrun",
    title="ScriptRun",
    urlconf="tests.simulators.scriptrun.urls",
    seed=start,
    config=app.config,
    knobs=KNOBS,
    actions=actions.ACTIONS,
    tick=webhooks.deliver_due,
    panel=panel.context,
)
