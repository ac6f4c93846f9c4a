"""The operator's desks of plans, of what was sent, and of laboratory results."""

from recommendations.admin import labs, limits, plans, sendings, steps

__all__ = ["labs", "limits", "plans", "sendings", "steps"]
