"""What every template and sheet promises, read from the files."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from practice.vendors.contract import Slot

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img/icons.svg").read_text()))
GUIDE = (ROOT / "docs/interface.md").read_text()


def relative(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=relative)
def test_a_template_has_nothing_inline_that_the_policy_refuses(template):
    found = re.findall(r"<style|\sstyle=|\son\w+=|hx-on|<script>|javascript:", template.read_text())
    assert found == []


@pytest.mark.parametrize("template", TEMPLATES, ids=relative)
def test_every_icon_a_template_asks_for_is_drawn(template):
    asked = re.findall(r'"_icon\.html" with name="([\w-]+)"(?!\|)', template.read_text())
    assert set(asked) <= SYMBOLS


@pytest.mark.parametrize("template", TEMPLATES, ids=relative)
def test_every_shared_fragment_a_template_includes_exists(template):
    included = re.findall(r'{% include "(_[\w]+\.html)"', template.read_text())
    missing = {name for name in included if not (ROOT / "templates" / name).exists()}
    assert missing == set()


@pytest.mark.parametrize("slot", list(Slot))
def test_every_time_of_day_has_its_picture(slot):
    assert f"slot-{slot}" in SYMBOLS


def test_every_state_in_the_guide_has_its_icon():
    table = GUIDE.split("| Tone | States |")[1].split("\n\n")[0]
    states = " ".join(re.findall(r"`([^`]+)`", table)).split()
    assert len(states) > 20
    assert {f"state-{state}" for state in states} <= SYMBOLS


@pytest.mark.parametrize("app", ["practice", "catalog", "recommendations", "deliveries"])
def test_every_state_a_model_may_be_in_has_its_icon(app):
    choices = (
        getattr(model, "State", None) and model.State.values
        for model in apps.get_app_config(app).get_models()
    )
    states = {state for values in choices if values for state in values}
    assert states
    assert {f"state-{state}" for state in states} <= SYMBOLS


def test_every_fragment_in_the_guide_exists():
    named = set(re.findall(r"(?<![\w])(_[a-z_]+\.html)", GUIDE))
    assert named
    assert all((ROOT / "templates" / name).exists() for name in named)


def test_the_sheets_every_page_loads_stay_few_and_light():
    linked = re.findall(r"css/[\w-]+\.css", (ROOT / "templates/_styles.html").read_text())
    assert len(linked) <= 8
    assert sum((ROOT / "static" / sheet).stat().st_size for sheet in linked) < 50_000


def test_the_layers_are_declared_once():
    order = "@layer reset, tokens, base, components, pages, utilities;"
    assert [sheet.name for sheet in SHEETS if order in sheet.read_text()] == ["tokens.css"]


def test_raw_colours_stay_in_the_tokens():
    raw = re.compile(r"var\(--(?:ink|plum|green|amber|red|blue)-\d")
    outside = [s.name for s in SHEETS if s.name != "tokens.css" and raw.search(s.read_text())]
    assert outside == []
