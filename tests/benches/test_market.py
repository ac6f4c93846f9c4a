"""The benchmarks' catalogues are what they say they are."""

import io
import json
from itertools import islice

from catalog import keys
from practice.vendors.contract import Kind
from practice.vendors.wholescripts.listings import product_rows
from tests.benches import market


def test_the_same_rows_come_each_time_and_more_never_change_the_first():
    for vendor in market.VENDORS:
        few, many = list(market.rows(vendor, 50)), market.rows(vendor, 1500)
        assert list(islice(many, 50)) == few
    assert few != list(market.rows(vendor, 50, seed=21))


def test_no_sku_comes_twice_and_barcodes_are_real():
    found = list(market.rows("wholescripts", 4000))
    assert len({(row.kind, row.sku) for row in found}) == 4000
    assert {row.kind for row in found} == {Kind.BOTTLE, Kind.PILL}
    assert sum(bool(keys.gtin(row.upc)) for row in found if row.kind == Kind.BOTTLE) > 2000


def test_two_of_five_are_with_both():
    ours, theirs = (
        {keys.gtin(row.upc) for row in market.rows(vendor, 4000) if row.kind == Kind.BOTTLE} - {""}
        for vendor in market.VENDORS
    )
    assert 0.25 < len(ours & theirs) / len(theirs) < 0.45


def test_the_written_list_holds_the_rows():
    file = io.StringIO()
    listings = market.write_list(file, 300)
    written = [row for one in json.loads(file.getvalue()) for row in product_rows(one)]
    assert {row.sku for row in written} == {
        row.sku for row in market.rows("wholescripts", listings)
    }
