"""Sessions at rest: nobody who reads the database may go on with one.

Their content is sealed: it holds what a page said to a person ("Saved Elena Marsh") and, while
an authenticator app is set up, its secret. Their key is a digest of what the cookie holds,
which is stored nowhere; every row that names a session names it by that key.
"""

import hashlib

from django.conf import settings
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db

from practice import sealing

PLACE = "session"
KEY_LENGTH = 40  # of the columns; 160 bits


def seal(encoded: str) -> str:
    return sealing.seal_for(PLACE, encoded)


def unseal(stored: str) -> str:
    return sealing.open_for(PLACE, stored)


def key_of(secret: str) -> str:
    """The key of the row for a cookie's secret. It is too random to be guessed, so a plain
    digest, without salt or work, is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()[:KEY_LENGTH]


class SessionStore(db.SessionStore):
    """`session_key` names the row. `secret` is known only while the one whose cookie holds it
    is answered, and while a session begins."""

    secret = ""

    @classmethod
    def of_cookie(cls, secret: str | None) -> "SessionStore":
        found = cls(key_of(secret) if secret else None)
        found.secret = secret or ""
        return found

    def _get_new_session_key(self):
        self.secret = super()._get_new_session_key()
        return key_of(self.secret)

    def encode(self, session_dict):
        return seal(super().encode(session_dict))

    def decode(self, session_data):
        """A session that does not open is an empty one: its person signs in again."""
        try:
            return super().decode(unseal(session_data))
        except sealing.CannotOpen:
            return {}


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's own, with the secret in the cookie where Django puts the key."""

    def process_request(self, request):
        request.session = SessionStore.of_cookie(request.COOKIES.get(settings.SESSION_COOKIE_NAME))

    def process_response(self, request, response):
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value:  # an empty one is taken away
            response.cookies[settings.SESSION_COOKIE_NAME] = request.session.secret
        return response
