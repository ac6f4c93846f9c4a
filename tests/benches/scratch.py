"""A database of a benchmark's own, in the test's PostgreSQL: made, migrated, dropped."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import django

from tests.stack.environment import AUDIT_KEY, of_services
from tests.stack.services import Postgres

ROOT = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def database(name: str):
    """Sets Django up on it; gives the server, for its superuser."""
    postgres = Postgres(ROOT / ".test" / "postgres")
    postgres.drop(name)
    postgres.create(name)
    try:
        os.environ.update(
            {
                **of_services(postgres.urls(name), "redis://127.0.0.1:9/0"),
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "SECRET_KEY": "made-up-key-of-a-benchmark",
                "AUDIT_SIGNING_KEY": AUDIT_KEY,
                "LOG_LEVEL": "WARNING",
            }
        )
        django.setup()
        migrate()
        yield postgres
    finally:
        drop(postgres, name)


def migrate():
    from django.core.management import call_command

    call_command("migrate", database="owner", verbosity=0, skip_checks=True)


def drop(postgres, name):
    from django.db import connections

    connections.close_all()
    postgres.drop(name)
    postgres.stop()
