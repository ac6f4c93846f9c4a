"""The made-up market: its size, its ground truth and its oddities."""

import re
from collections import Counter
from itertools import combinations

import pytest
from stdnum import ean

from tests.simulators import catalogue

SEED = 20


@pytest.fixture(scope="module")
def variants():
    return {
        variant["id"]: (product, variant)
        for product in catalogue.fullscript_products(SEED)
        for variant in product["variants"]
    }


@pytest.fixture(scope="module")
def rows():
    return {row["sku"]: row for row in catalogue.wholescripts_products(SEED)}


def test_the_same_seed_gives_the_same_market():
    assert catalogue.fullscript_products(SEED) == catalogue.fullscript_products(SEED)
    assert catalogue.wholescripts_products(SEED) == catalogue.wholescripts_products(SEED)
    assert catalogue.wholescripts_products(21) != catalogue.wholescripts_products(SEED)


def test_both_vendors_list_enough_and_no_id_twice(variants, rows):
    products = catalogue.fullscript_products(SEED)
    assert 400 <= len(variants) == sum(len(product["variants"]) for product in products)
    assert len(products) < len(variants)
    assert 300 <= len(rows) == len(catalogue.wholescripts_products(SEED))


def test_every_product_has_one_primary_variant(variants):
    for product in catalogue.fullscript_products(SEED):
        primary = [variant for variant in product["variants"] if variant["primary"]]
        assert [variant["id"] for variant in primary] == [product["primary_variant"]["id"]]


def test_twins_exist_at_both_and_pair_one_to_one(variants, rows):
    twins = catalogue.twins(SEED)
    assert len(twins) >= 150
    assert Counter(how for *_, how in twins)["name"] == 25
    assert len({ours for ours, *_ in twins}) == len({sku for _, sku, _ in twins}) == len(twins)
    assert all(ours in variants and sku in rows for ours, sku, _ in twins)


def test_a_twin_by_barcode_carries_one_valid_barcode_at_both(variants, rows):
    for ours, sku, how in catalogue.twins(SEED):
        mine, theirs = variants[ours][1]["upc"], rows[sku]["upc"].replace(" ", "")
        if how == "upc":
            assert ean.is_valid(mine)
            assert mine.zfill(14) == theirs.zfill(14)
        else:
            assert not (mine and theirs)


def test_twins_agree_on_count_and_unit(variants, rows):
    for ours, sku, _ in catalogue.twins(SEED):
        variant, row = variants[ours][1], rows[sku]
        assert variant["units"] == row["count"]
        assert variant["unit_of_measure"].lower() == row["countUnit"].lower()


def test_no_trap_is_a_twin_and_every_kind_is_there():
    traps = catalogue.traps(SEED)
    assert not {pair[:2] for pair in traps} & {pair[:2] for pair in catalogue.twins(SEED)}
    kinds = Counter(why for *_, why in traps)
    assert {"strength", "form", "flavour", "count", "brand", "wrong_upc", "placeholder"} <= set(
        kinds
    )
    assert sum(kinds.values()) - kinds["brand"] - kinds["placeholder"] >= 500


def test_one_barcode_names_one_thing_but_for_known_mistakes(variants, rows):
    by_code: dict = {}
    for key, row in [*rows.items(), *((key, pair[1]) for key, pair in variants.items())]:
        code = row["upc"].replace(" ", "").lstrip("0")
        if code:
            by_code.setdefault(code, []).append(key)
    twins = {frozenset(pair[:2]) for pair in catalogue.twins(SEED)}
    mistakes = {frozenset(pair[:2]) for pair in catalogue.traps(SEED) if pair[2] == "wrong_upc"}
    shared = {
        frozenset(pair) for keys in by_code.values() for pair in combinations(sorted(keys), 2)
    }
    assert shared - twins == mistakes
    assert len(mistakes) == 3


def test_wholescripts_rows_hold_what_a_reader_must_survive(rows):
    stock = [row["quantity"] for row in rows.values()]
    assert min(stock) < 0
    assert 0 in stock
    assert {"", "Prop65BirthDefectCancer", "KeepColdOnArrival"} <= {
        code for row in rows.values() for code in (row["warnings"] or [""])
    }
    assert any(row["defaultDosing"] is None for row in rows.values())
    assert any(row["medPaxSku"] and row["medPaxDetails"] is None for row in rows.values())
    assert any(row["categories"] == "All" for row in rows.values())
    assert all(re.fullmatch(r"\d{18}", sku) for sku in rows)


def test_at_least_forty_products_can_be_packed(rows):
    assert sum(bool(row["medPaxSku"] and row["medPaxDetails"]) for row in rows.values()) >= 40


def test_descriptions_hold_facts_blends_accents_and_hostile_markup(variants, rows):
    html = "".join(row["supplementFactsHTML"] + row["descriptionFull"] for row in rows.values())
    names = " ".join(product["name"] for product, _ in variants.values())
    for needle in ("Proprietary Blend", "% Daily Value", "<script", "onerror", "<iframe", "style="):
        assert needle in html
    assert "®" in names
    assert "™" in names
    assert re.search("[äçûñ]", names)
    assert max(len(product["name"]) for product, _ in variants.values()) > 150
    assert any(not row["descriptionFull"] for row in rows.values())


def test_private_label_belongs_to_one_practitioner(rows):
    first = catalogue.wholescripts_private_label(SEED, "amara.quist@quist.example")
    second = catalogue.wholescripts_private_label(SEED, "b.other@clinic.example")
    assert first != second
    assert not {row["sku"] for row in first["privateLabelProducts"]} & set(rows)
    known = {row["medPaxSku"] for row in rows.values()} - {""}
    assert {pill["sku"] for pill in first["medPaxPills"]} == known


def test_scale_makes_the_market_larger():
    assert len(catalogue.wholescripts_products(SEED, scale=5)) > 1_200
    assert len(catalogue.twins(SEED, scale=5)) == 5 * len(catalogue.twins(SEED))
