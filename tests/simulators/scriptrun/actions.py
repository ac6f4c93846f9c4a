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

import datetime as dt
import json

from tests.simulators.registry import ActionError
from tests.simulators.scriptrun import app, events, packages, table, webhooks

ORDER_FIELDS = ("external_patient_id", "rx_number", "barcode", "notes")


def endpoint(here, asked: dict) -> dict:
    with here.lock:
        registered = _key(here, asked["key"])["endpoint"]
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
        package = _package(here, asked)
        copay = asked.get("copay_collected")
        copay = float(copay) if copay not in (None, "") else None
        done = packages.deliver(here, package, copay, asked.get("copay_method") or "card")
    return _said(done, f"{package['order']['patient_name']} has the package.")


def fail(here, asked: dict) -> dict:
    with here.lock:
        package = _package(here, asked)
        done = packages.fail(here, package, asked.get("reason") or "no_answer")
    return _said(done, f"The package of {package['order']['patient_name']} failed.")


def created(here, asked: dict) -> dict:
    order = {
        "patient_name": asked.get("patient_name") or "Walk-in Patient",
        "patient_address": asked.get("patient_address") or "12 Sample Ave, Tampa, FL 33602",
    } | {name: asked[name] for name in ORDER_FIELDS if asked.get(name)}
    with here.lock:
        _key(here, asked["key"])
        package, _ = packages.make(here, asked["key"], order, source="manual")
    return {"package_id": package["id"], "message": "The order was entered by hand."}


def foreign(here, asked: dict) -> dict:
    with here.lock:
        package = {"id": here.new_id("foreign"), "order": {"rx_number": "RX-9999999"}}
        data = events.completed(here, package, None, "card")
        return _emit(here, asked["key"], "delivery.completed", data)


def unknown_type(here, asked: dict) -> dict:
    with here.lock:
        data = {"package_id": asked.get("package_id") or here.new_id("foreign")}
        return _emit(here, asked["key"], "package.reassigned", data)


def driver(here, asked: dict) -> dict:
    with here.lock:
        data = {"driver_id": events.DRIVER, "status": "online", "changed_at": events.stamp(here)}
        return _emit(here, asked["key"], "driver.status_changed", data)


def route(here, asked: dict) -> dict:
    with here.lock:
        data = {
            "route_id": "rte_demo01",
            "driver_id": events.DRIVER,
            "completed_at": events.stamp(here),
        }
        return _emit(here, asked["key"], "route.completed", data)


def duplicate(here, asked: dict) -> dict:
    with here.lock:
        wanted = asked.get("event_id")
        for sent in reversed(here.store["scriptrun"]["deliveries"].values()):
            if wanted in (None, "", sent["event_id"]):
                events.put(here, sent["key"], sent["event_id"], sent["event"], sent["body"])
                return {"event_id": sent["event_id"], "message": "The event is sent again."}
    raise ActionError("No such event has been sent.")


def reorder(here, asked: dict) -> dict:
    with here.lock:
        package = _package(here, asked)
        earlier = (here.now() - dt.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        completed = packages.deliver(here, package)
        data = events.failed(here, package, "no_answer") | {"failed_at": earlier}
        failed = events.emit(here, package["key"], "delivery.failed", data, created_at=earlier)
    return {"event_ids": [completed["event_id"], failed["event_id"]]}


def stale(here, asked: dict) -> dict:
    return _completed_odd(here, asked, skew=-int(asked.get("seconds") or 301))


def future(here, asked: dict) -> dict:
    return _completed_odd(here, asked, skew=int(asked.get("seconds") or 301))


def wrong_secret(here, asked: dict) -> dict:
    return _completed_odd(here, asked, secret="made-up-secret-of-somebody-else")


def huge(here, asked: dict) -> dict:
    with here.lock:
        data = {
            "package_id": here.new_id("foreign"),
            "filler": "x" * int(asked.get("bytes", 2**20)),
        }
        return _emit(here, asked["key"], "delivery.completed", data)


def import_csv(here, asked: dict) -> dict:
    with here.lock:
        _key(here, asked["key"])
        done = table.take(here, asked["key"], asked["csv"])
    return done | {"message": f"{done['created']} rows imported, {len(done['errors'])} refused."}


def flush(here, asked: dict) -> dict:
    """Not under the lock: it waits for the receiver's answers."""
    made = webhooks.deliver_due(here)
    with here.lock:
        left = len(here.store["scriptrun"]["queue"])
    return {"made": made, "pending": left, "message": f"{left} deliveries wait."}


FLAGS = ("active", "limit_reached")
ACTIONS = {
    act.__name__: act
    for act in (
        endpoint, key, deliver, fail, created, foreign, unknown_type, driver, route,
        duplicate, reorder, stale, future, wrong_secret, huge, import_csv, flush,
    )
}  # fmt: skip


def _completed_odd(here, asked: dict, **odd) -> dict:
    """A delivery whose webhook is signed wrongly. The package itself is delivered."""
    with here.lock:
        package = _package(here, asked)
        package["state"] = "completed"
        data = events.completed(here, package, None, "card")
        done = events.emit(here, package["key"], "delivery.completed", data, **odd)
    return _said(done, "The event is on its way.")


def _emit(here, key_text: str, kind: str, data: dict) -> dict:
    _key(here, key_text)
    done = events.emit(here, key_text, kind, data, even_so=True)
    return _said(done, f"{kind} is on its way.")


def _said(done: dict, sentence: str) -> dict:
    heard = "" if done["queued"] else " No webhook: no endpoint is registered for this event."
    return done | {"message": sentence + heard}


def _key(here, text: str) -> dict:
    try:
        return here.config["scriptrun"]["keys"][text]
    except KeyError:
        raise ActionError(f"There is no key {text}.") from None


def _package(here, asked: dict) -> dict:
    try:
        return here.store["scriptrun"]["packages"][asked["package_id"]]
    except KeyError:
        raise ActionError(f"There is no package {asked.get('package_id')}.") from None


def _flag(value) -> bool:
    """Forms send text."""
    return value if isinstance(value, bool) else json.loads(str(value).lower())
