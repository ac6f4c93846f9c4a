"""The table of vendors, and the independence of their code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import practice.vendors
from practice.vendors import registry
from practice.vendors.contract import Ability, PlanLine

FOLDER = Path(practice.vendors.__file__).parent
SENDERS = [vendor for vendor in registry.VENDORS.values() if vendor.send]


def test_restricted_rights_add_abilities():
    fullscript = registry.VENDORS["fullscript"]
    assert not fullscript.offers(Ability.CATALOGUE)
    assert fullscript.offers(Ability.CATALOGUE, ["products"])
    assert not fullscript.offers(Ability.PLAN_BY_API, ["products", "labs"])


def test_vendors_are_found_by_what_they_offer():
    def keys(ability, granted=()):
        return [vendor.key for vendor in registry.offering(ability, granted)]

    assert keys(Ability.CATALOGUE) == ["wholescripts"]
    assert keys(Ability.CATALOGUE, ["products"]) == ["fullscript", "wholescripts"]
    assert keys(Ability.PACKS) == ["wholescripts"]
    assert keys(Ability.COURIER) == ["scriptrun"]


@pytest.mark.parametrize("vendor", SENDERS, ids=lambda vendor: vendor.key)
def test_every_sender_words_a_line_and_names_problems(vendor):
    assert vendor.wording(PlanLine(sku="1", sig="As told.")).text
    assert vendor.wording(PlanLine(sku="", units=0)).problems
    assert vendor.look_up
    assert vendor.fingerprint or vendor.echoes_our_id


@pytest.mark.parametrize("vendor", registry.VENDORS.values(), ids=lambda vendor: vendor.key)
def test_a_vendor_with_webhooks_has_a_module_for_them(vendor):
    assert (vendor.webhook is not None) == vendor.offers(Ability.WEBHOOKS)
    if vendor.webhook:
        assert vendor.webhook.MAX_BYTES > 0


def test_a_warning_is_explained_and_an_unknown_one_is_not_lost():
    told = registry.warning("wholescripts", "Prop65BirthDefectCancer")
    assert told == "Manufacturer's warning: California Proposition 65: cancer and birth defects"
    assert registry.warning("wholescripts", "NewOne") == "Manufacturer's warning: NewOne"


def test_vendors_need_neither_django_nor_our_apps():
    code = (
        "import sys, practice.vendors.registry;"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('django', 'config', 'catalog', 'recommendations', 'deliveries')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_only_the_modules_for_it_reach_the_network():
    senders = {"requests", "urllib3", "http", "socket", "urllib.request"}
    for path in FOLDER.rglob("*.py"):
        names = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            for name in _imported(node)
            if name in senders or name.split(".")[0] in {"requests", "urllib3", "socket"}
        }
        assert not names or path.name in ("http.py", "transport.py", "fetch.py"), path


def _imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
