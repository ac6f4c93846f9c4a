"""Makes sessions older than they are: the tests' only clock is what a session says of itself."""

import contextlib

from django.conf import settings
from django.test import Client

from practice import presence


def key_of(browser: Client) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@contextlib.contextmanager
def data_of(session_key: str):
    """A session's data, kept when the block ends."""
    store = presence.store_class()(session_key)
    yield store
    store.save()


def age(session_key: str, *, idle: float = 0, lasted: float = 0) -> None:
    """Makes a session `idle` seconds idle, and begun `lasted` seconds earlier."""
    with data_of(session_key) as data:
        data["seen_at"] -= idle
        data["signed_in_at"] -= lasted


def age_of(browser: Client, **seconds) -> None:
    age(key_of(browser), **seconds)
