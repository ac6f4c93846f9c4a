"""The table of endpoints in the vendor's README names every route that the code calls."""

import re
from pathlib import Path

from practice.vendors import fullscript

FOLDER = Path(fullscript.__file__).parent
ROUTE = re.compile(r'f?"(/(?:clinic|catalog|events|webhooks|oauth|labs)\b[^"\s]*)"')


def plain(route):
    """`route` with all its arguments named alike."""
    return re.sub(r"\{[^}]*\}", "{}", route)


def test_every_route_of_the_code_is_in_the_table():
    routes = {
        plain(route)
        for module in FOLDER.glob("*.py")
        for route in ROUTE.findall(module.read_text())
    }
    assert len(routes) > 15
    known = {plain(word) for word in re.findall(r"`(/[^`]+)`", (FOLDER / "README.md").read_text())}
    assert routes - known == set()
