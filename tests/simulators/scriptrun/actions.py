"""What the control API can make happen at ScriptRun.

endpoint         key, url[, secret, events, keep]: register a webhook; answers its secret.
                 With `keep` it outlives a reset of the simulators
key              key[, name, active, limit_reached, features]: make or change an API key
deliver          package_id[, copay_collected, copay_method]
fail             package_id[, reason]
created          key[, patient_name, patient_address, ...]: staff enter an order by hand
foreign          key: delivery.completed for a package nobody pushed
unknown_type     key[, package_id]: an event type that is not documented
driver, route    key: the two staff events
duplicate        [event_id]: the newest event, or that one, once more
reorder          package_id: failed, then completed a minute later, sent newest first
stale, future    package_id[, seconds]: delivery.completed signed too early or too late
wrong_secret     package_id: delivery.completed signed with another secret
huge             key[, bytes]: a body of 1 MiB
import_csv       key, csv: as uploaded on the Packages page
flush            make every delivery that is due, then answer
"""

import json

from tests.simulators.registry import ActionError
from tests.simulators.scriptrun import (
    app,
    asking,
    events,
    oddities,
    packages,
    table,
    webhooks,
)

ORDER_FIELDS = ("external_patient_id", "rx_number", "barcode", "notes")


def endpoint(here, asked: dict) -> dict:
    with here.lock:
        registered = asking.key_named(here, asked["key"])["endpoint"]
        registered["url"] = asked["url"]
        registered["secret"] = asked.get("secret") or registered["secret"]
        if asked.get("events"):
            wanted = asked["events"]
            registered["events"] = wanted.split() if isinstance(wanted, str) else list(wanted)
        if asked.get("keep"):
            app.kept_endpoints[asked["key"]] = dict(registered)
        return {"secret": registered["secret"], "message": "The endpoint is registered."}


def key(here, asked: dict) -> dict:
    if not asked["key"].startswith("sk_test_"):
        raise ActionError("Only keys that begin with sk_test_ are known here.")
    with here.lock:
        keys = here.config["scriptrun"]["keys"]
        account = keys.setdefault(asked["key"], app.new_key(asked["key"], here.new_token("secret")))
        for name in ("name", "active", "limit_reached", "features"):
            if name in asked:
                account[name] = _flag(asked[name]) if name in FLAGS else asked[name]
        return account | {"message": f"The key of {account['name']} is changed."}


def deliver(here, asked: dict) -> dict:
    with here.lock:
        package = asking.package_named(here, asked)
        copay = asked.get("copay_collected")
        copay = float(copay) if copay not in (None, "") else None
        done = packages.deliver(here, package, copay, asked.get("copay_method") or "card")
    return asking.said(done, f"{package['order']['patient_name']} has the package.")


def fail(here, asked: dict) -> dict:
    with here.lock:
        package = asking.package_named(here, asked)
        done = packages.fail(here, package, asked.get("reason") or "no_answer")
    return asking.said(done, f"The package of {package['order']['patient_name']} failed.")


def created(here, asked: dict) -> dict:
    order = {
        "patient_name": asked.get("patient_name") or "Walk-in Patient",
        "patient_address": asked.get("patient_address") or "12 Sample Ave, Tampa, FL 33602",
    } | {name: asked[name] for name in ORDER_FIELDS if asked.get(name)}
    with here.lock:
        asking.key_named(here, asked["key"])
        package, _ = packages.make(here, asked["key"], order, source="manual")
    return {"package_id": package["id"], "message": "The order was entered by hand."}


def driver(here, asked: dict) -> dict:
    with here.lock:
        data = {"driver_id": events.DRIVER, "status": "online", "changed_at": events.stamp(here)}
        return asking.emit(here, asked["key"], "driver.status_changed", data)


def route(here, asked: dict) -> dict:
    with here.lock:
        data = {
            "route_id": "rte_demo01",
            "driver_id": events.DRIVER,
            "completed_at": events.stamp(here),
        }
        return asking.emit(here, asked["key"], "route.completed", data)


def import_csv(here, asked: dict) -> dict:
    with here.lock:
        asking.key_named(here, asked["key"])
        done = table.take(here, asked["key"], asked["csv"])
    return done | {"message": f"{done['created']} rows imported, {len(done['errors'])} refused."}


def flush(here, asked: dict) -> dict:
    """Not under the lock: it waits for the receiver's answers."""
    made = webhooks.deliver_due(here)
    with here.lock:
        left = len(here.store["scriptrun"]["queue"])
    return {"made": made, "pending": left, "message": f"{left} deliveries wait."}


FLAGS = ("active", "limit_reached")
ORDINARY = (endpoint, key, deliver, fail, created, driver, route, import_csv, flush)
ACTIONS = {act.__name__: act for act in (*ORDINARY, *oddities.ODDITIES)}


def _flag(value) -> bool:
    """Forms send text."""
    return value if isinstance(value, bool) else json.loads(str(value).lower())
