"""Words and marks that the pages of the catalogue share."""

import nh3
from django import template
from django.utils import timezone
from django.utils.safestring import mark_safe

from catalog import beside
from practice.vendors import registry, words

register = template.Library()

# WholeScripts reference 6.3: no attribute but these two, no link, image, style or frame.
TAGS = {
    "p",
    "br",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "b",
    "i",
    "sup",
    "sub",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
SPANS = {"colspan", "rowspan"}
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"td": SPANS, "th": SPANS},
    clean_content_tags={"script", "style", "iframe", "form", "svg", "title", "object"},
    link_rel=None,
    url_schemes=set(),
)


@register.filter
def vendor_html(html):
    """A vendor's HTML, cut down to text, lists and tables."""
    return mark_safe(CLEANER.clean(html))  # noqa: S308 (this is the cleaner)


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
def warning_words(code, vendor) -> str:
    """`Manufacturer's warning: …`, for one code of a listing's warnings."""
    return registry.warning(vendor, code)


@register.filter
def money(value) -> str:
    return f"${value:,.2f}"


@register.filter
def amount(number) -> str:
    """`2`, `0.5`: no trailing zeros; '' for None."""
    return "" if number is None else words.amount(number)


@register.filter
def age(moment) -> str:
    """`just now`, `12 min ago`, `5 h ago`, `3 d ago`."""
    minutes = int((timezone.now() - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} d ago"


@register.inclusion_tag("catalog/_tabs.html", takes_context=True)
def catalogue_tabs(context, here: str) -> dict:
    """The catalogue's pages as tabs; `here` is the URL name of the one that is open."""
    request = context["request"]
    return {
        "here": here,
        "request": request,
        "practice": request.practice,
        "tabs": beside.tabs(request),
    }
