"""What is read of a label is what stands on it."""

import re
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.facts_panel import ALLERGENS, FactsPanel, Ingredient, read
from tests.catalog import dsld
from tests.catalog.hard_labels import HARD, STATEMENTS
from tests.simulators.catalogue import articles, facts

SEED = 20


def written(ingredient):
    return f"{ingredient.name} ({ingredient.form})" if ingredient.form else ingredient.name


@pytest.mark.parametrize("plain", [False, True])
def test_a_vendors_labels_are_read_back_row_by_row(plain):
    for article in articles.articles(SEED):
        panel = read(facts.table(article, plain=plain))
        assert [(written(one), one.amount) for one in panel.ingredients] == [
            (fact.name, fact.amount and Decimal(f"{fact.amount:g}"))
            for fact in facts.facts(article)
        ]
        assert not panel.unread


@pytest.mark.parametrize("layout", [dsld.as_table, dsld.as_wide_table, dsld.as_lists])
@pytest.mark.parametrize("label", dsld.LABELS, ids=lambda label: label["dsld_id"])
def test_a_real_label_is_read_back_as_it_stands(label, layout):
    panel = read(layout(label))
    found = [
        (one.name, one.form, "" if one.amount is None else f"{one.amount:,f}", one.unit)
        for one in panel.ingredients
    ]
    for row in dsld.rows(label):
        said = (row.name, row.form and f"as {row.form}", row.amount, row.unit)
        # What is not read is said to be, and nothing else is made of it.
        is_unread = any(text.startswith(row.name) for text in panel.unread)
        assert said in found or (is_unread and row.name not in [name for name, *_ in found])


def test_of_real_labels_nearly_every_row_is_read():
    rows = [row for label in dsld.LABELS for row in dsld.rows(label)]
    read_rows = [one for label in dsld.LABELS for one in read(dsld.as_table(label)).ingredients]
    assert len(read_rows) / len(rows) > 0.98


def test_parts_of_a_real_blend_name_it_and_have_no_amount():
    label = next(one for one in dsld.LABELS if one["dsld_id"] == "252343")
    _, blend, *parts = read(dsld.as_table(label)).ingredients
    assert (blend.name, blend.amount) == ("Proprietary Blend", 85)
    assert {(one.blend, one.amount_words) for one in parts} == {
        ("Proprietary Blend", "amount unknown")
    }


def test_other_ingredients_of_a_real_label_are_all_there():
    for label in dsld.LABELS:
        others = [
            part.strip() for name in label["other"] for part in re.split(r",(?![^(\[]*[)\]])", name)
        ]
        assert (
            list(map(str.lower, read(dsld.as_table(label)).others))[:3]
            == [name.lower().strip(" .*").removeprefix("and ") for name in dict.fromkeys(others)][
                :3
            ]
        )


@pytest.mark.parametrize(("html", "rows"), HARD.items(), ids=lambda value: str(value)[:40])
def test_a_hard_row_is_read_as_a_person_reads_it(html, rows):
    assert list(read(html).ingredients) == rows


@pytest.mark.parametrize(("said", "contains", "free", "is_read"), STATEMENTS)
def test_a_statement_of_allergens_says_no_more_than_it_says(said, contains, free, is_read):
    panel = read(f"<p>{said}</p>")
    assert (panel.allergens, panel.free_of) == (contains, free)
    assert bool(panel.unread) is not is_read


@pytest.mark.parametrize(
    ("said", "quantity", "unit", "servings"),
    [
        ("Serving Size: 1 scoop (12 g) Servings Per Container: 30", 1, "scoop (12 g)", 30),
        ("Serving size 2 Capsules", 2, "Capsules", None),
        ("Serving Size: 1/2 teaspoon", Decimal("0.5"), "teaspoon", None),
        ("SERVING SIZE: One (1) tablet<br>SERVINGS PER CONTAINER: about 1,000", 1, "tablet", 1000),
        ("Serving Size: 1-2 capsules", None, "", None),
        ("Serving Size: 1 capsule<br>Serving Size: 2 tablets", None, "", None),
        ("Servings Per Container: varies", None, "", None),
    ],
)
def test_a_serving_is_read_where_it_is_one(said, quantity, unit, servings):
    panel = read(f"<p>{said}</p>")
    assert (panel.serving_quantity, panel.serving_unit, panel.servings) == (
        quantity,
        unit,
        servings,
    )
    assert bool(panel.unread) is (quantity is None)


def test_a_panel_comes_back_from_its_column_as_it_was():
    for label in dsld.LABELS:
        panel = read(dsld.as_table(label))
        assert FactsPanel.of(panel.as_json()) == panel
    assert read("").as_json() == {}
    assert FactsPanel.of({}) == FactsPanel()


NUMBERS = re.compile(r"\d+(?:\.\d+)?|\.\d+")
MARKUP = [
    "<td>",
    "</td>",
    "<tr>",
    "<table>",
    "</table>",
    "<br>",
    "<li>",
    "<p>",
    "&nbsp;",
    "<",
    "\x00",
]
WORDS = ["Zinc", "(as", "Blend", "5", "1,000", "2-4", "0.5", "mg", "IU", "%", "*", "<1 g", ")", ","]
WORDS += ["Serving Size:", "Contains:", "Other ingredients:", "soy", "no", "billion CFU", "\ud800"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(MARKUP + WORDS + [" "])).map("".join)))
def test_reading_never_raises_and_no_number_comes_from_nowhere(text):
    panel = read(text)
    said = {Decimal(one) for one in NUMBERS.findall(text.replace(",", ""))}
    for one in panel.ingredients:
        assert {one.amount, one.daily_value} - {None} <= said
    assert set(panel.allergens + panel.free_of) <= set(ALLERGENS)
    assert FactsPanel.of(panel.as_json()) == panel


@pytest.mark.parametrize(
    "html",
    [
        "<tr><td>Zinc</td><td>5 mg</td></tr>" * 30_000,
        "<div>" * 200_000 + "x",
        "<table><tr><td>" * 60_000,
        "serving size " * 80_000,
        "as a as " * 130_000,
        "(" * 1_000_000,
        "1,000" * 200_000,
        "<p>no milk " * 100_000,
        " " * 1_000_000 + "mg",
    ],
    ids=lambda html: html[:20],
)
def test_a_megabyte_made_to_hurt_is_read_in_moments(html):
    began = time.process_time()
    panel = read(html)
    assert time.process_time() - began < 5
    assert len(str(panel)) < 200_000


def test_a_script_is_no_part_of_a_label():
    panel = read("<script>Zinc 5 mg</script><style>p{}</style><p>Iron 5 mg<script>9</script></p>")
    assert panel.ingredients == (Ingredient("Iron", amount=Decimal(5), unit="mg"),)
