"""Our app as Fullscript's dashboard would show it. All values are made up.

The demo's settings import these; the control API changes them (`config/fullscript`), and
so do environment variables named `SIMULATED_FULLSCRIPT_<NAME>`, read at start.
"""

import os

CLIENT_ID = "regimen-demo-client"
CLIENT_SECRET = "made-up-client-secret"
PUBLIC_KEY = "made-up-public-key"
WEBHOOK_CHALLENGE = "made-up-challenge-token"
WEBHOOK_KEY = "made-up-signature-key"

# Where the product is expected to take the browser and the webhooks, below its own address.
REDIRECT_PATH = "/connect/fullscript/callback"
WEBHOOK_PATH = "/hooks/fullscript"

SCOPES = (
    "catalog:read",
    "clinic:read",
    "clinic:write",
    "patients:read",
    "patients:write",
    "patients:treatment_plan_history",
    "patients:order_history",
)
# Restricted rights, usually refused: any of "products", "plans", "labs".
GRANTED: tuple[str, ...] = ("products",)

# Reference 6.6: the event types a subscription may list, with the scope each needs.
EVENT_SCOPES = {
    "order.placed": "patients:order_history",
    "lab_order.updated": "patients:order_history",
    "treatment_plan.created": "patients:treatment_plan_history",
    "treatment_plan.updated": "patients:treatment_plan_history",
    "treatment_plan.recommendation.updated": "patients:treatment_plan_history",
    "patient.created": "patients:read",
    "patient.updated": "patients:read",
    "patient.emancipated": "patients:read",
    "product.created": "catalog:read",
    "product.updated": "catalog:read",
    "product.description.updated": "catalog:read",
}


def config(site_url: str) -> dict:
    """The app's registration; without a `site_url` no address of ours is registered."""

    def value(name, default):
        return os.environ.get(f"SIMULATED_FULLSCRIPT_{name}", default)

    return {
        "client_id": value("CLIENT_ID", CLIENT_ID),
        "client_secret": value("CLIENT_SECRET", CLIENT_SECRET),
        "public_key": value("PUBLIC_KEY", PUBLIC_KEY),
        "redirect_uri": value("REDIRECT_URI", site_url + REDIRECT_PATH if site_url else ""),
        "origins": value("ORIGINS", site_url).split(),
        "scopes": value("SCOPES", " ".join(SCOPES)).split(),
        "granted": value("GRANTED", " ".join(GRANTED)).split(),
        "webhook": {
            "url": value("WEBHOOK_URL", site_url + WEBHOOK_PATH if site_url else ""),
            "active": True,
            "challenge": value("WEBHOOK_CHALLENGE", WEBHOOK_CHALLENGE),
            "signature_key": value("WEBHOOK_KEY", WEBHOOK_KEY),
            "old_key": "",  # still signs every other delivery while one is being rolled
            "events": list(EVENT_SCOPES),
        },
    }
