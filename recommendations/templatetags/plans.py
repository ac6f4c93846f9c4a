"""Words and marks that the pages of plans share."""

from django import template
from django.utils import timezone

from practice.vendors import registry, words

register = template.Library()

FRACTIONS = {"0.25": "¼", "0.5": "½", "0.75": "¾"}


@register.filter
def vendor_label(key) -> str:
    """The vendor's name; its key where a later release took the vendor away."""
    return registry.VENDORS[key].label if key in registry.VENDORS else key


@register.filter
def vendor_mark(key) -> str:
    """Two letters for a vendor: `WS` for WholeScripts, `Fu` for Fullscript."""
    label = vendor_label(key)
    capitals = "".join(letter for letter in label if letter.isupper())
    return capitals[:2] if len(capitals) > 1 else label[:2]


@register.filter
def amount(quantity) -> str:
    """`2`, `½`, `1½`, `0.1`."""
    written = words.amount(quantity)
    whole, _, rest = written.partition(".")
    fraction = FRACTIONS.get(f"0.{rest}")
    if fraction is None:
        return written
    return fraction if whole == "0" else whole + fraction


@register.filter
def money(value) -> str:
    return f"${value:,.2f}"


@register.filter
def age(moment) -> str:
    """`now`, `12 min ago`, `5 h ago`, `3 d ago`."""
    minutes = int((timezone.now() - moment).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} d ago"
