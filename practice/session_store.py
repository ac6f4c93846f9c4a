"""Sessions, sealed at rest: they hold what a page said to a person ("Saved Elena Marsh") and,
while an authenticator app is set up, its secret."""

from django.contrib.sessions.backends import db

from practice import sealing

PLACE = "session"


def seal(encoded: str) -> str:
    return sealing.seal_for(PLACE, encoded)


def unseal(stored: str) -> str:
    return sealing.open_for(PLACE, stored)


class SessionStore(db.SessionStore):
    def encode(self, session_dict):
        return seal(super().encode(session_dict))

    def decode(self, session_data):
        """A session that does not open is an empty one: its person signs in again."""
        try:
            return super().decode(unseal(session_data))
        except sealing.CannotOpen:
            return {}
