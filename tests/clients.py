"""Django's test client for sessions whose cookie is not their key (practice/session_store.py)."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client

from practice.session_store import SessionStore


def session(self) -> SessionStore:
    cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie:
        return SessionStore.of_cookie(cookie.value)
    begun = SessionStore()
    begun.save()
    self.cookies[settings.SESSION_COOKIE_NAME] = begun.secret
    return begun


def sign_in(self, user, backend=None) -> None:
    request = HttpRequest()
    request.session = self.session
    login(request, user, backend)
    request.session.save()
    self.cookies[settings.SESSION_COOKIE_NAME] = request.session.secret


def install() -> None:
    Client.session = property(session)
    Client._login = sign_in
