"""Pages of the practice app. The two that stand outside a practice are named here."""

from practice.views.choosing import choose_practice
from practice.views.connections import finish_connection

__all__ = ["choose_practice", "finish_connection"]
