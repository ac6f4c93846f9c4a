"""Ids that come from a form or an address."""

import re

from django.http import Http404

ID = re.compile(r"[0-9]{1,18}")


def row_id(text: str) -> int:
    """The number in `text`. What is no id is no row: 404."""
    if not ID.fullmatch(text):
        raise Http404("No such row.")
    return int(text)
