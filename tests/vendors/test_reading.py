"""Lenient reading: strange values become nothing, numbers stay exact."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.vendors import reading

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2020-04-17T16:56:35.817", "2020-04-17T16:56:35.817000+00:00"),
        ("2021-04-01T06:08:00.32", "2021-04-01T06:08:00.320000+00:00"),
        ("2021-04-01T06:08:00.1234567Z", "2021-04-01T06:08:00.123456+00:00"),
        ("2026-01-16T13:26:02.000-05:00", "2026-01-16T18:26:02+00:00"),
        ("2026-01-16T13:26:02", "2026-01-16T13:26:02+00:00"),
    ],
)
def test_a_time_without_a_zone_is_utc(value, expected):
    assert reading.instant(value).isoformat() == expected


@pytest.mark.parametrize(
    "value", ["", "soon", "2026-01-16", 1_700_000_000, None, "9999-12-31T23:59:59-23:00"]
)
def test_what_is_no_time_is_none(value):
    assert reading.instant(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("30.5000"), Decimal("30.5")),
        (18.25, Decimal("18.25")),
        (" 19.99 ", Decimal("19.99")),
        (7, Decimal(7)),
        (True, None),
        ("NaN", None),
        ("Infinity", None),
        ("1,000", None),
        ([], None),
    ],
)
def test_a_number_is_exact_or_nothing(value, expected):
    assert reading.number(value) == expected


@pytest.mark.parametrize(("value", "expected"), [("60", 60), (-4, -4), ("2.0", 2), ("2.5", None)])
def test_a_whole_number_is_never_rounded(value, expected):
    assert reading.whole(value) == expected


def test_prices_survive_without_floats():
    assert reading.load(b'{"price": 0.1000}')["price"] == Decimal("0.1000")
    assert reading.plain(reading.load(b'{"price": 0.1000}')) == {"price": "0.1000"}


def test_a_byte_order_mark_is_no_harm():
    assert reading.load(b"\xef\xbb\xbf{}") == {}


def test_keys_are_renamed_at_any_depth_and_the_first_wins():
    found = reading.rekeyed({"A": [{"B": 1}], "a": 2}, str.lower)
    assert found == {"a": [{"b": 1}]}


@given(ANYTHING)
def test_no_value_makes_a_reader_raise(value):
    for read in (reading.text, reading.number, reading.whole, reading.flag, reading.instant,
                 reading.day, reading.mapping, reading.mappings, reading.texts):  # fmt: skip
        read(value)


@given(st.text(st.characters()))
def test_text_can_always_be_stored(value):
    found = reading.text(value)
    assert "\x00" not in found
    assert found.encode().decode() == found


@given(st.binary(max_size=50))
def test_only_value_errors_come_from_loading(body):
    try:
        found = reading.load(body)
    except ValueError:
        return
    json.dumps(reading.plain(found))


def test_a_day_is_read_from_a_date_or_a_time():
    assert reading.day("1985-04-12") == dt.date(1985, 4, 12)
    assert reading.day("1985-04-12T00:00:00Z") == dt.date(1985, 4, 12)
    assert reading.day("12.4.1985") is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://vendor.example/a?b=1", True),
        ("javascript:alert(1)", False),
        ("//vendor.example", False),
        ("https://", False),
        ("https://[", False),
        ("https://vendor.example/" + "a" * 500, False),
        (None, False),
    ],
)
def test_an_address_leads_to_a_page(given, kept):
    assert reading.address(given) == (given if kept else "")
