"""Imports go one way (design 5), read from the code itself.

Each rule is a function from a module's tree to what it complains about, and is first
tried on a sample that breaks it.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("practice", "catalog", "recommendations", "deliveries")
PRODUCT = (*APPS, "config")
VENDORS = {"fullscript", "wholescripts", "scriptrun"}

# What an app may not know: all that stand after it.
LATER = {app: set(APPS[place + 1 :]) for place, app in enumerate(APPS)}

TOP_LEVEL = {
    *PRODUCT,
    "templates",
    "static",
    "tests",
    "docs",
    ".gitattributes",
    "manage.py",
    "pyproject.toml",
    "requirements.txt",
    "package.json",
    "package-lock.json",
    "Makefile",
    "Dockerfile",
    "compose.yaml",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "SECURITY.md",
    ".ci",
    ".dockerignore",
    ".editorconfig",
    ".env.example",
    ".git",
    ".github",
    ".gitignore",
}


def modules(*folders):
    """(path within the repository, tree) of each Python file."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def imported(tree, path):
    """The dotted names a module imports, relative ones resolved."""
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            yield from (word.value for word in node.args if isinstance(word, ast.Constant))


def named_models(tree):
    """Models named in strings, "catalog.Listing", by their app."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = re.fullmatch(r"(\w+)\.[A-Z]\w+", node.value)
            if found:
                yield found[1]


def against_the_direction(tree, path):
    app = path.split("/")[0]
    known = {name.split(".")[0] for name in imported(tree, path)} | set(named_models(tree))
    return sorted(known & LATER.get(app, set()))


def beyond_the_vendors_folder(tree, path):
    """What a vendor's module imports of Django or of the product outside the folder."""
    return sorted(
        name
        for name in imported(tree, path)
        if name.split(".")[0] in {"django", "environ", "celery", *PRODUCT, "tests"}
        and not f"{name}.".startswith("practice.vendors.")
    )


def asks_the_tests(tree, path):
    return sorted(name for name in imported(tree, path) if name.split(".")[0] == "tests")


def compares_a_vendor(tree, path):
    """Lines that compare something with a vendor's name, by ==, in, or match."""
    lines = set()
    for node in ast.walk(tree):
        parts = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.match_case):
            parts = [node.pattern]
        for part in parts:
            for word in ast.walk(part):
                if isinstance(word, ast.Constant) and word.value in VENDORS:
                    lines.add(word.lineno)
    return sorted(lines)


@pytest.mark.parametrize(
    ("rule", "path", "sample"),
    [
        (against_the_direction, "practice/views/today.py", "from recommendations import send"),
        (against_the_direction, "catalog/sync.py", "import deliveries.models"),
        (against_the_direction, "recommendations/a.py", "def f():\n    from deliveries import x"),
        (against_the_direction, "practice/a.py", "importlib.import_module('catalog.match')"),
        (against_the_direction, "practice/models/a.py", "ForeignKey('catalog.Listing')"),
        (beyond_the_vendors_folder, "practice/vendors/http.py", "from django.conf import settings"),
        (beyond_the_vendors_folder, "practice/vendors/http.py", "from practice import tenancy"),
        (beyond_the_vendors_folder, "practice/vendors/http.py", "from .. import models"),
        (beyond_the_vendors_folder, "practice/vendors/a/b.py", "from practice import vendors_two"),
        (asks_the_tests, "practice/desk.py", "from tests.factories import PatientFactory"),
        (compares_a_vendor, "deliveries/book.py", "if vendor == 'scriptrun': pass"),
        (compares_a_vendor, "deliveries/book.py", "x = 'fullscript' != row.vendor"),
        (compares_a_vendor, "deliveries/book.py", "x = vendor in ('wholescripts', 'other')"),
        (compares_a_vendor, "deliveries/book.py", "match v:\n    case 'fullscript': pass"),
    ],
)
def test_each_rule_notices_a_breach(rule, path, sample):
    assert rule(ast.parse(sample), path)


@pytest.mark.parametrize(
    ("rule", "path", "sample"),
    [
        (against_the_direction, "deliveries/book.py", "from practice.models import Patient"),
        (beyond_the_vendors_folder, "practice/vendors/a/b.py", "from practice.vendors import http"),
        (beyond_the_vendors_folder, "practice/vendors/a/b.py", "from .payloads import words"),
        (compares_a_vendor, "practice/connect.py", "if vendor == key: pass"),
    ],
)
def test_no_rule_complains_about_what_is_right(rule, path, sample):
    assert not rule(ast.parse(sample), path)


@pytest.mark.parametrize("app", APPS)
def test_no_app_imports_a_later_one(app):
    broken = {
        path: found for path, tree in modules(app) if (found := against_the_direction(tree, path))
    }
    assert broken == {}


def test_vendors_know_neither_django_nor_the_rest_of_the_product():
    checked = list(modules("practice/vendors"))
    assert len(checked) > 5
    broken = {
        path: found for path, tree in checked if (found := beyond_the_vendors_folder(tree, path))
    }
    assert broken == {}


def test_the_product_imports_no_tests():
    broken = {
        path: found for path, tree in modules(*PRODUCT) if (found := asks_the_tests(tree, path))
    }
    assert broken == {}


def test_only_the_table_of_vendors_tells_them_apart():
    broken = {
        path: found
        for path, tree in modules(*PRODUCT)
        if not path.startswith("practice/vendors/") and (found := compares_a_vendor(tree, path))
    }
    assert broken == {}


TEMPLATE_COMPARES = re.compile(
    r"{%\s*(?:el)?if\b[^%]*[\"'](?:" + "|".join(sorted(VENDORS)) + r")[\"'][^%]*%}"
)


def test_no_template_tells_vendors_apart():
    assert TEMPLATE_COMPARES.search('{% if row.vendor == "fullscript" %}')
    broken = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if TEMPLATE_COMPARES.search(path.read_text())
    ]
    assert broken == []


def test_the_top_level_holds_only_what_was_agreed():
    ignored = {
        line.strip().strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line
    }
    found = {entry.name for entry in ROOT.iterdir()}
    assert found - TOP_LEVEL - ignored == set()
