"""WholeScripts, plugged into the process."""

from tests.simulators.registry import Vendor
from tests.simulators.wholescripts import actions, app, panel, seed
from tests.simulators.wholescripts.knobs import KNOBS

VENDOR = Vendor(
    name="wholescripts",
    title="WholeScripts",
    urlconf="tests.simulators.wholescripts.urls",
    seed=seed.start,
    config=app.config,
    knobs=KNOBS,
    actions=actions.ACTIONS,
    panel=panel.context,
)
