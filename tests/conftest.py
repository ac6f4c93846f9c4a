"""The suite's ground: a real PostgreSQL with two roles, a real Valkey, the simulators.

`db` runs a test inside a transaction that is rolled back. `committed_db` lets it commit,
for tests with other processes, and empties the tables afterwards through the owner's role
(the application's role may not truncate).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest

from tests import emptying
from tests.simulators.client import Simulators
from tests.stack.environment import OF_SIMULATORS, for_tests
from tests.stack.services import Postgres, Valkey

pytest_plugins = ["tests.browsers"]

ROOT = Path(__file__).resolve().parent.parent
DATABASE = f"test_{os.getpid()}"


class Ground:
    """What is started once a run, before Django reads its settings."""

    def __init__(self):
        self.has_failed = False
        self.scratch = Path(tempfile.mkdtemp(prefix="regimen-test-"))
        self.mail = self.scratch / "mail"
        self.mail.mkdir()
        self.postgres = Postgres(ROOT / ".test" / "postgres")
        self.postgres.drop(DATABASE)
        self.postgres.create(DATABASE)
        self.urls = self.postgres.urls(DATABASE)
        self.valkey = Valkey(self.scratch / "valkey")
        self.simulators = Simulators.start(
            site_url="http://testserver", mail=self.mail, env=OF_SIMULATORS
        )
        self.environment = for_tests(self.urls, self.valkey.url, self.simulators, mail=self.mail)

    def stop(self):
        self.simulators.stop()
        self.valkey.stop()
        self.postgres.drop(DATABASE)
        self.postgres.stop()
        if not self.has_failed:  # else the logs of its processes may say why
            shutil.rmtree(self.scratch)


# At import, not in a hook: the conftests of the folders below import models.
GROUND = Ground()
os.environ.update(GROUND.environment)
django.setup()

from tests import clients  # noqa: E402

clients.install()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config):
    """Each process of a parallel run stands on ground of its own, and must not find ours first."""
    for name in GROUND.environment:
        os.environ.pop(name, None)


def pytest_sessionfinish(exitstatus):
    GROUND.has_failed = exitstatus != pytest.ExitCode.OK


def pytest_unconfigure(config):
    GROUND.stop()


@pytest.fixture(scope="session")
def ground():
    return GROUND


@pytest.fixture
def simulators(ground):
    """The three vendors, back at their seeded start."""
    ground.simulators.reset()
    return ground.simulators


@pytest.fixture(scope="session")
def django_db_setup(ground, django_db_blocker):
    """Migrates as the owner; the tests then connect as the application's role."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)


@pytest.fixture
def committed_db(ground, django_db_setup, django_db_blocker):
    """The database with real commits. Emptied afterwards by the superuser."""
    with django_db_blocker.unblock():
        yield
        from django.db import connections

        connections.close_all()
    with ground.postgres.superuser(DATABASE) as connection:
        emptying.empty(connection)


@pytest.fixture
def site(committed_db):
    """The portal on a free port of this machine, its address."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None, server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture(autouse=True)
def no_call_inside_a_transaction(monkeypatch):
    """Goal O8: a call to a vendor inside an open transaction fails the test."""
    from django.db import connection

    from practice.vendors.http import Http

    send = Http.send

    def watched(self, *args, **kwargs):
        # pytest-django's own transaction round a test is marked as such by Django.
        opened = [block for block in connection.atomic_blocks if not block._from_testcase]
        assert not opened, "a vendor was called inside a transaction"
        return send(self, *args, **kwargs)

    monkeypatch.setattr(Http, "send", watched)


@pytest.fixture(autouse=True)
def counted_from_nothing():
    """Every test's requests come from one address, and its calls from one application: what
    one counted holds up no other. Nothing is refused by a vendor at first."""
    from practice import budget, limits, refusals

    limits.forget()
    budget.forget()
    refusals.remember(frozenset())
