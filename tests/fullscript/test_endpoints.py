"""The table of endpoints in the vendor's README names every route that the code calls, and the
table of scopes every operation."""

import ast
import re
from pathlib import Path

from practice.vendors import fullscript
from practice.vendors.fullscript import vocabulary

FOLDER = Path(fullscript.__file__).parent
ROUTE = re.compile(r'f?"(/(?:clinic|catalog|events|webhooks|oauth|labs)\b[^"\s]*)"')

# Where the operation's name stands among the arguments of `wire.Wire`'s methods.
PLACES = {"_get": 0, "_post": 0, "_find": 0, "_send": 1}


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


# No table of the vendor's says what they need: the vendor decides at the call.
DECIDED_THERE = {"event", "deliveries"}


def operations():
    """The name of each operation that the code calls as a person."""
    for module in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in PLACES:
                given = node.args[PLACES[node.func.attr]]
                if isinstance(given, ast.Constant):
                    yield given.value


def test_every_operation_says_which_scopes_it_needs():
    found = set(operations())
    assert len(found) > 15
    assert found - set(vocabulary.SCOPES) - DECIDED_THERE == set()
