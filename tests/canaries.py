"""What must not be found where it does not belong: every seeded person's data, and every secret."""

import base64
import json
import os
import re
import subprocess
import sys
import threading

import redis

from tests.simulators.fullscript import app as fullscript
from tests.simulators.wholescripts import app as wholescripts
from tests.stack import people
from tests.stack.processes import ROOT

TOTP = "CANARYCANARYCANARYCANARYCANARY22"

# What only opens with the application's own keys, asked from a process that has them.
OPEN = f"""
import json
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from practice import tenancy
from practice.models import Connection, CourierAccount
from practice.second_step import MFAAdapter
from practice.session_store import SessionStore
found = []
with tenancy.unit(tenancy.EVERYTHING):
    for one in Connection.objects.all():
        held = one.tokens()
        found += [held.access_token, held.refresh_token]
    for one in CourierAccount.objects.all():
        found += [one.key(), *one.secrets()]
user = get_user_model().objects.get(email="{people.FIRST.email}")
sealed = MFAAdapter().encrypt("{TOTP}")
Authenticator.objects.create(user=user, type="totp", data={{"secret": sealed}})
setting_up = SessionStore()
setting_up["mfa.totp.secret"] = "{TOTP}"
setting_up.save()
print(json.dumps(found))
"""


def of_patients() -> set[str]:
    found = set()
    for _, first, last, email, birth_date, _, phone, _ in people.PATIENTS:
        found |= {first, last, email, birth_date or "", phone, phone[-10:]}
    return (found | {street for street, _ in people.STREETS}) - {""}


def of_members() -> set[str]:
    return {word for one in people.MEMBERS for word in (one.email, one.name)}


def secrets_of(demo) -> set[str]:
    asked = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", OPEN],
        cwd=ROOT,
        env={**os.environ, **demo.env},
        capture_output=True,
        text=True,
        check=True,
    )
    env = demo.env
    keys = [entry.partition(":")[2] for entry in env["ENCRYPTION_KEYS"].split(",")]
    return {
        *filter(None, json.loads(asked.stdout)),
        *keys,
        TOTP,
        env["SECRET_KEY"],
        env["AUDIT_SIGNING_KEY"],
        fullscript.CLIENT_SECRET,
        fullscript.WEBHOOK_KEY,
        fullscript.WEBHOOK_CHALLENGE,
        wholescripts.PASSWORD,
        people.PASSWORD,
    }


def found_in(text: str, words: set[str]) -> list[str]:
    """Which of `words` stand in `text`; short ones as words of their own."""
    return sorted(
        word
        for word in words
        if word in text and re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", text)
    )


def dump(connection) -> str:
    """Every row of every table, as PostgreSQL writes them."""
    tables = connection.execute(
        "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    return "\n".join(
        row
        for (table,) in tables
        for (row,) in connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
    )


class Wire:
    """Everything that any process says to the broker and cache, from now on."""

    def __init__(self, url: str):
        self.said = []
        # The broker may be silent for long; a client that waits no longer would miss the rest.
        self.client = redis.Redis.from_url(url, socket_timeout=None)
        self.watch = self.client.monitor().__enter__()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        """Lines as they come: what they hold is not for a parser to stumble over."""
        while True:
            try:
                line = self.watch.connection.read_response(disconnect_on_error=False)
            except redis.TimeoutError:
                continue
            except (redis.RedisError, OSError, ValueError):
                return  # it was stopped
            self.said.append(line.decode(errors="replace") if isinstance(line, bytes) else line)

    def text(self) -> str:
        """With the bodies of messages decoded."""
        said = "\n".join(self.said)
        bodies = re.findall(r'"body\\*": \\*"([A-Za-z0-9+/=]+)\\*"', said)
        return "\n".join([said, *(base64.b64decode(body).decode() for body in bodies)])
