"""WholeScripts: the catalogue and what belongs to a practitioner (reference 6 and 7)."""

import base64
import zlib

import pytest

from tests.simulators.wholescripts import people
from tests.simulators_tests.wholescripts_caller import Caller


@pytest.fixture
def caller(sims):
    caller = Caller(sims)
    caller.connect()
    return caller


def test_lists_are_bare_arrays(caller):
    assert "XYMOGEN®" in caller.basic("/BrandList").json()
    assert len(caller.basic("/CategoryList").json()) == 22
    assert len(caller.basic("/ProductList").json()) >= 300


def test_search_meets_name_brand_category_and_sku(caller):
    rows = caller.basic("/ProductList").json()
    for wanted in (rows[7]["sku"], "xymogen®", "Joint & Muscle Support", rows[9]["productName"]):
        found = caller.basic("/ProductList", params={"search": wanted}).json()
        assert 0 < len(found) < len(rows)


def test_brandname_gives_that_brand_only(caller):
    found = caller.basic("/ProductList", params={"brandname": "XYMOGEN®"}).json()
    assert {row["brand"] for row in found} == {"XYMOGEN®"}


def test_instockonly_hides_zero_and_less(caller):
    everything = caller.basic("/ProductList").json()
    in_stock = caller.basic("/ProductList", params={"instockonly": "true"}).json()
    assert min(row["quantity"] for row in everything) < 0 < min(row["quantity"] for row in in_stock)


def test_stock_can_be_changed(caller):
    sku = caller.basic("/ProductList").json()[0]["sku"]
    caller.sims.act("wholescripts/stock", sku=sku, quantity=-4)
    assert caller.basic(f"/Product/{sku}").json()["quantity"] == -4


@pytest.mark.parametrize(("shape", "kind"), [("object", dict), ("array", list)])
def test_one_product_comes_in_either_shape(caller, shape, kind):
    caller.sims.knob("wholescripts", product_single_shape=shape)
    sku = caller.basic("/ProductList").json()[0]["sku"]
    assert isinstance(caller.basic(f"/Product/{sku}").json(), kind)


@pytest.mark.parametrize(
    ("style", "status", "body"),
    [
        ("empty", 200, None),
        ("404", 404, {"Message": "Nothing was found at this address."}),
        ("success_false", 200, {"success": False, "msg": "Product not found"}),
    ],
)
def test_an_unknown_product_is_missing_in_three_ways(caller, style, status, body):
    caller.sims.knob("wholescripts", not_found_style=style)
    answer = caller.basic("/Product/000000000399999999")
    assert (answer.status_code, answer.json()) == (status, body)


def test_files_come_as_base64_or_numbers_and_are_real(caller):
    sku = caller.basic("/ProductList").json()[0]["sku"]
    image = caller.basic(f"/ProductImage/{sku}").json()
    picture = base64.b64decode(image["fileBytes"])
    assert picture.startswith(b"\x89PNG")
    start = picture.index(b"IDAT") + 4
    assert len(zlib.decompress(picture[start : picture.index(b"IEND") - 8])) == 96 * (96 * 3 + 1)
    caller.sims.knob("wholescripts", file_bytes="ints")
    sheet = caller.basic(f"/ProductDRS/{sku}").json()
    assert bytes(sheet["fileBytes"]).startswith(b"%PDF-1.4")
    assert sheet["mimeType"] == "application/pdf"


def test_a_missing_file_is_two_nulls(caller):
    body = caller.basic("/ProductImage/000000000399999999").json()
    assert body == {"mimeType": None, "fileBytes": None}


def test_map_appears_on_xymogen_rows_when_asked(caller):
    assert not any("onlineMAP" in row for row in caller.basic("/ProductList").json())
    caller.sims.knob("wholescripts", include_onlineMAP=True)
    rows = caller.basic("/ProductList").json()
    assert {row["brand"] for row in rows if "onlineMAP" in row} == {"XYMOGEN®"}


def test_the_catalogue_can_be_cut_blank_or_of_the_wrong_type(caller):
    whole = caller.basic("/ProductList").json()
    caller.sims.knob("wholescripts", catalogue_cut=True, blank_sku_row=True)
    rows = caller.basic("/ProductList").json()
    assert len(rows) == len(whole) // 10 + 1
    assert rows[-1]["sku"] == ""
    caller.sims.knob("wholescripts", wrong_top_level=True)
    assert isinstance(caller.basic("/ProductList").json(), dict)


def test_a_patient_is_found_none_or_somebody_elses(caller):
    found = caller.patients("ELENA.marsh@mail.example").json()
    none = caller.patients("nobody@mail.example").json()
    other = caller.patients("a.kowalska@post.example").json()
    assert found["patients"] == [
        {"email": "elena.marsh@mail.example", "firstName": "Elena", "lastName": "Marsh"}
    ]
    assert (none["count"], none["success"], none["msg"]) == (0, True, "No patients found")
    assert (other["count"], other["success"]) == (0, False)
    assert other["msg"] == "Patient is registered under a different practitioner"


def test_the_patient_filter_can_be_in_the_path_or_ignored(caller):
    caller.sims.knob("wholescripts", patients_filter="path")
    assert caller.bearer("/PractitionerPatients/elena.marsh%40mail.example").json()["count"] == 1
    caller.sims.knob("wholescripts", patients_filter="ignored")
    assert caller.patients("nobody@mail.example").json()["count"] == 4


def test_a_refusal_can_come_with_400(caller):
    caller.sims.knob("wholescripts", business_failure_status="400")
    answer = caller.patients("owen.hart@mail.example")
    assert (answer.status_code, answer.json()["success"]) == (400, False)


def test_a_plus_in_an_address_survives_the_query(caller):
    caller.connect(people.CLARA)
    assert caller.patients("rosalind.achter+plans@mail.example").json()["count"] == 1


def test_each_practitioner_has_codes_and_a_label_of_their_own(caller):
    nora = [caller.bearer(path).json() for path in OWN]
    caller.connect(people.DAVID)
    david = [caller.bearer(path).json() for path in OWN]
    assert [code["ref_code"] for code in nora[0]] == ["HARBOR15", "HARBOR5"]
    assert david[0] == []
    assert nora[1]["privateLabelCartons"] != david[1]["privateLabelCartons"]


OWN = ("/PractitionerReferralCodes", "/PrivateLabelProductList")
