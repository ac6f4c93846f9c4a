"""Two pharmacies' accounts at ScriptRun, made up. The demo's practices use these keys.

In `config["scriptrun"]["keys"]` a key has a name, whether it is active, whether its plan's
limit is reached (402), the plan's features (403) and one webhook endpoint.
"""

HARBOR_KEY = "sk_test_harbor_made_up_0001"
MEADOW_KEY = "sk_test_meadow_made_up_0002"
HARBOR_SECRET = "made-up-harbor-signing-secret"
MEADOW_SECRET = "made-up-meadow-signing-secret"

# What the code of a practice subscribes to; driver events are staff data and left out.
EVENTS = ("delivery.completed", "delivery.failed", "package.created")
FEATURES = ("controlled_substance", "cold_chain", "requires_signature", "webhooks")


# Endpoints registered with `keep`, by key: the demo's outlive the page's "Start over".
kept_endpoints: dict[str, dict] = {}


def config(site_url: str) -> dict:
    """No endpoint has an address at first: each is registered by the action `endpoint`."""
    keys = {
        HARBOR_KEY: new_key("Harbor Pharmacy", HARBOR_SECRET),
        MEADOW_KEY: new_key("Meadow Pharmacy", MEADOW_SECRET),
    }
    for key, endpoint in kept_endpoints.items():
        if key in keys:
            keys[key]["endpoint"] = dict(endpoint)
    return {"keys": keys}


def new_key(name: str, secret: str) -> dict:
    return {
        "name": name,
        "active": True,
        "limit_reached": False,
        "features": list(FEATURES),
        "endpoint": {"url": "", "secret": secret, "events": list(EVENTS)},
    }
