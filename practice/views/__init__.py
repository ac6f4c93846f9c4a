"""Pages of the practice app. The two that stand outside a practice are named here."""

from practice.views.choosing import choose_practice

__all__ = ["choose_practice"]
