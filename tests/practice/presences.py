"""Makes sessions older than they are: the tests' only clock is what a session says of itself."""

import contextlib

from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from practice import presence, session_store


def signed_in(user, agent="", address="203.0.113.7") -> Client:
    """By the form, as people do: only then the session stands in their list."""
    words = {"user": user, "email": user.email}
    EmailAddress.objects.get_or_create(**words, defaults={"verified": True, "primary": True})
    browser = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    given = {"login": user.email, "password": "correct horse battery"}
    assert browser.post("/account/login/", given).status_code == 302
    return browser


def key_of(browser: Client) -> str:
    """Of its session's row."""
    return session_store.key_of(browser.cookies[settings.SESSION_COOKIE_NAME].value)


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
