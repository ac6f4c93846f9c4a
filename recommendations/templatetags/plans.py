"""Words and marks that the pages of plans share."""

from django import template

from catalog.templatetags import catalogue
from practice.vendors import words
from recommendations import compare, pill_names

register = template.Library()
# The catalogue's own words, so that a page of plans loads one library.
for name in ("vendor_label", "vendor_mark", "warning_words", "money", "age"):
    register.filter(name, getattr(catalogue, name))

register.filter("other_names", pill_names.others)

FRACTIONS = {"0.25": "¼", "0.5": "½", "0.75": "¾"}


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
def differs(row) -> list[str]:
    """What differs in one row of `compare.rows`, in the words of a page."""
    if row["kind"] == "changed":
        return [compare.WHAT.get(word, word) for word in row["what"]]
    return [compare.KINDS.get(row["kind"], row["kind"])]
