"""The operator's desks of plans and of what was sent."""

from recommendations.admin import plans, sendings, steps

__all__ = ["plans", "sendings", "steps"]
