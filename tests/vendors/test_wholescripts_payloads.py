"""WholeScripts' JSON in any case and shape (WholeScripts reference 3, 6.3, 7, 9.3)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors.contract import Dose, Kind, PlanPill, Slot
from practice.vendors.wholescripts import files, listings, payloads

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
SKU = "000000000300000001"
PRODUCT = {
    "productName": "Demo Zinc 60 Capsules",
    "sku": SKU,
    "medPaxSku": "000000000200000001",
    "medPaxDetails": {
        "quantity": 5120,
        "wholesalePrice": Decimal("0.31"),
        "retailPrice": Decimal("0.52"),
        "name": "Demo Zinc Capsules",
        "genericName": "ZINC",
    },
    "categories": "All, Bone Health Support,,",
    "quantity": -4,
    "releaseDate": "2025-02-11T09:14:27.61",
    "retailPrice": Decimal("30.5000"),
    "warnings": ["NeverHeardOf"],
    "defaultDosing": [{"time": "AM", "qty": 1}],
}


def test_a_product_is_a_bottle_and_its_pill():
    bottle, pill = listings.product_rows(PRODUCT)
    assert (bottle.sku, bottle.kind, bottle.pill_sku) == (SKU, Kind.BOTTLE, pill.sku)
    assert (bottle.stock, bottle.in_stock) == (-4, False)
    assert bottle.categories == ("All", "Bone Health Support")
    assert bottle.default_doses == (Dose(Slot.BREAKFAST, Decimal(1)),)
    assert (pill.kind, pill.stock, pill.retail_price) == (Kind.PILL, 5120, Decimal("0.52"))
    assert (pill.name, pill.generic_name) == ("Demo Zinc Capsules", "ZINC")
    assert bottle.warnings == pill.warnings == ("NeverHeardOf",)


def test_keys_are_read_in_any_case():
    shouted = {key.upper(): value for key, value in PRODUCT.items()}
    assert listings.product_rows(shouted)[0].name == "Demo Zinc 60 Capsules"


@pytest.mark.parametrize("key", ["onlineMAP", "OnlineMAP"])
def test_the_lowest_advertised_price_is_a_decimal_where_it_comes(key):
    bottle, _ = listings.product_rows(PRODUCT | {key: Decimal("28.9500")})
    assert bottle.lowest_advertised == Decimal("28.95")
    assert listings.product_rows(PRODUCT)[0].lowest_advertised is None


@pytest.mark.parametrize("missing", ["", None, "   "])
def test_a_blank_sku_is_no_row(missing):
    assert listings.product_rows(PRODUCT | {"sku": missing}) == ()


@pytest.mark.parametrize("change", [{"medPaxDetails": None}, {"medPaxSku": ""}])
def test_a_product_without_a_pack_form_is_one_row(change):
    (bottle,) = listings.product_rows(PRODUCT | change)
    assert bottle.sku == SKU


@pytest.mark.parametrize("qty", [Decimal("0.5"), 0, "one"])
def test_advice_that_is_no_whole_number_stays_words(qty):
    change = {"defaultDosing": [{"time": "AM", "qty": qty}]}
    bottle, _ = listings.product_rows(PRODUCT | change)
    assert (bottle.default_doses, bottle.default_sig) == ((), f"{qty}-AM")


@pytest.mark.parametrize("time", ["Bedtime without food", "AM with food", "Noon"])
def test_advice_for_a_time_that_cannot_be_written_stays_words(time):
    bottle, _ = listings.product_rows(PRODUCT | {"defaultDosing": [{"time": time, "qty": 1}]})
    assert (bottle.default_doses, bottle.default_sig) == ((), f"1-{time}")


def entry(**item):
    return {
        "id": 7,
        "status": "Sent",
        "items": [{"sku": SKU, "quantity": 1, "dosing": None} | item],
    }


def test_an_unreadable_dosing_is_shown_word_for_word():
    (line,) = payloads.held_plan(entry(dosing="0.5-AM")).lines
    assert (line.doses, line.sig) == ((), "0.5-AM")


def test_an_unknown_length_is_shown_in_the_notes():
    (line,) = payloads.held_plan(entry(itemDuration="8 Weeks", notes="Rest.")).lines
    assert (line.duration_days, line.notes) == (None, "Rest. Duration: 8 Weeks.")


def test_a_pill_at_an_unknown_time_is_never_lost():
    pills = [
        {"sku": "1", "quantity": 2, "itemTime": "PM with food"},
        {"sku": "2", "quantity": 1, "itemTime": "Noon"},
    ]
    (line,) = payloads.held_plan(entry(medPaxPills=pills)).lines
    assert line.pills == (PlanPill("1", 2, Slot.EVENING, True),)
    assert line.notes == "In the pack: 1 × 2 Noon."


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://www.wholescripts.com/Recommendation/1", True),
        ("http://www.wholescripts.com/Recommendation/1", False),
        ("https://www.wholescripts.com.evil.example/1", False),
        ("https://evil@www.wholescripts.com/1", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_the_vendors_own_link_is_shown(link, shown):
    assert bool(payloads.link(link, ["https://www.wholescripts.com"])) is shown


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/svg+xml", "PHN2Zz4="),
        ("text/html", "PGI+"),
        ("image/png", "JVBERi0x"),
        ("image/png", "not base64!"),
        ("image/png", [256]),
        ("image/png", {"a": 1}),
        ("image/webp", "UklGRgAAAABBVkkg"),
        (None, "iVBORw0KGgo="),
    ],
)
def test_a_file_of_another_kind_is_not_kept(kind, content):
    with pytest.raises(ValueError, match="file"):
        files.read({"mimeType": kind, "fileBytes": content}, files.IMAGES, 1000)


def test_a_file_over_the_limit_is_not_kept():
    content = list(b"%PDF-" + b"x" * 96)
    found = {"mimeType": "application/pdf", "fileBytes": content}
    assert files.read(found, files.SHEETS, 101).content[:5] == b"%PDF-"
    with pytest.raises(ValueError, match="too large"):
        files.read(found, files.SHEETS, 100)


@given(JUNK)
def test_no_shape_breaks_reading(junk):
    listings.product_rows(dict.fromkeys(PRODUCT, junk) | {"sku": SKU})
    listings.private_label_rows({"privateLabelProducts": junk, "medPaxPills": [junk]})
    payloads.held_plan({"id": junk, "items": junk})
    payloads.held_plan(entry(dosing=junk, medPaxPills=junk, itemDuration=junk, quantity=junk))
    payloads.referral_code({"ref_code": junk, "discount": junk})
