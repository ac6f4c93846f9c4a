"""Actions that send what a receiver must survive. `actions` lists them all."""

import datetime as dt

from tests.simulators.registry import ActionError
from tests.simulators.scriptrun import asking, events, packages


def foreign(here, asked: dict) -> dict:
    with here.lock:
        package = {"id": here.new_id("foreign"), "order": {"rx_number": "RX-9999999"}}
        data = events.completed(here, package, None, "card")
        return asking.emit(here, asked["key"], "delivery.completed", data)


def unknown_type(here, asked: dict) -> dict:
    with here.lock:
        data = {"package_id": asked.get("package_id") or here.new_id("foreign")}
        return asking.emit(here, asked["key"], "package.reassigned", data)


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
        package = asking.package_named(here, asked)
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
        return asking.emit(here, asked["key"], "delivery.completed", data)


def _completed_odd(here, asked: dict, **odd) -> dict:
    """A delivery whose webhook is signed wrongly. The package itself is delivered."""
    with here.lock:
        package = asking.package_named(here, asked)
        package["state"] = "completed"
        data = events.completed(here, package, None, "card")
        done = events.emit(here, package["key"], "delivery.completed", data, **odd)
    return asking.said(done, "The event is on its way.")


ODDITIES = (
    foreign,
    unknown_type,
    duplicate,
    reorder,
    stale,
    future,
    wrong_secret,
    huge,
)
