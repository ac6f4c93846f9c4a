"""The environment variables of the demo and of the test suite. All secrets are made up."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.simulators.client import Simulators
from tests.simulators.fullscript import app as fullscript
from tests.simulators.wholescripts import app as wholescripts
from tests.stack.services import Urls

AUDIT_KEY = base64.b64encode(bytes(range(32))).decode()
PACK_SKU = "000000000200000633"
# Of the simulators' own process: ScriptRun shows its own proof pictures, so none is fetched.
OF_SIMULATORS = {"SIMULATED_SCRIPTRUN_PROOF_URLS": "local"}


def of_vendors(simulators: Simulators) -> dict[str, str]:
    """How to reach the simulators, and who we are there."""
    return {
        "FULLSCRIPT_ENVIRONMENT": "us-snd",
        "FULLSCRIPT_API_BASE": f"{simulators.fullscript}/api",
        "FULLSCRIPT_EMBED_ORIGIN": simulators.fullscript,
        "FULLSCRIPT_CLIENT_ID": fullscript.CLIENT_ID,
        "FULLSCRIPT_CLIENT_SECRET": fullscript.CLIENT_SECRET,
        "FULLSCRIPT_PUBLIC_KEY": fullscript.PUBLIC_KEY,
        "FULLSCRIPT_WEBHOOK_CHALLENGE": fullscript.WEBHOOK_CHALLENGE,
        "FULLSCRIPT_WEBHOOK_KEYS": fullscript.WEBHOOK_KEY,
        "FULLSCRIPT_GRANTED": ",".join(fullscript.GRANTED),
        "WHOLESCRIPTS_BASE_URL": f"{simulators.wholescripts}/api/EMR",
        "WHOLESCRIPTS_USERNAME": wholescripts.USERNAME,
        "WHOLESCRIPTS_PASSWORD": wholescripts.PASSWORD,
        "WHOLESCRIPTS_PACK_SKU": PACK_SKU,
        "SCRIPTRUN_BASE_URL": simulators.scriptrun,
        "SCRIPTRUN_LIVE": "false",
        "SCRIPTRUN_PROOF_ORIGIN": simulators.scriptrun,
        "SIMULATOR_CONTROL_URL": simulators.control,
    }


def of_services(urls: Urls, redis_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": urls.app,
        "MIGRATION_DATABASE_URL": urls.owner,
        "REDIS_URL": redis_url,
    }


def for_tests(urls: Urls, redis_url: str, simulators: Simulators, *, mail: Path) -> dict[str, str]:
    return {
        **of_services(urls, redis_url),
        **of_vendors(simulators),
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
        "SECRET_KEY": "made-up-key-of-the-test-suite",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "SITE_URL": "http://testserver",
        "ENCRYPTION_KEYS": f"t1:{base64.b64encode(bytes(32)).decode()}",
        "AUDIT_SIGNING_KEY": AUDIT_KEY,
        "DEMO_MAIL_FOLDER": str(mail),
        "STATIC_ROOT": str(mail),  # only there to exist: nothing is collected for tests
        # Loopback needs no proxy, and Playwright's loop is no reason to refuse the database.
        "NO_PROXY": "127.0.0.1,localhost",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }
