"""An event is taken in although PostgreSQL went away meanwhile, or the broker says nothing."""

import contextlib
import socket

import pytest
from django.db import connection

from tests.conftest import DATABASE
from tests.hooks.posting import CHALLENGE, receipts, told


def test_a_connection_that_postgresql_ended_is_made_anew(ground, committed_db, sender):
    assert sender(told("ev-1")).status_code == 200
    with ground.postgres.superuser(DATABASE) as root:
        root.execute(
            "SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid]
        )
    assert sender(told("ev-2")).json() == CHALLENGE
    assert [receipt.event_id for receipt in receipts()] == ["ev-1", "ev-2"]


@pytest.fixture
def silent_broker(settings):
    """Takes connections and never answers. Gives the first of them once it came."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(10)
        cache = {**settings.CACHES["default"], "OPTIONS": {"socket_timeout": 20}}
        cache["LOCATION"] = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        settings.CACHES = {"default": cache}
        yield lambda: stack.enter_context(server.accept()[0])


def test_no_event_waits_for_the_broker(committed_db, silent_broker, sender):
    assert sender(told("ev-1")).status_code == 200
    asked = silent_broker()
    asked.setblocking(False)
    assert is_open(asked)  # so its patience has not ended
    assert sender(told("ev-2")).status_code == 200
    assert [receipt.event_id for receipt in receipts()] == ["ev-1", "ev-2"]


def is_open(link) -> bool:
    """Whether the other side still waits, whatever it has said."""
    try:
        while link.recv(4096):
            pass
    except BlockingIOError:
        return True
    return False
