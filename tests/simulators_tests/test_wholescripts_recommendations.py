"""WholeScripts: what may be recommended, and how it reads afterwards (reference 8 and 9)."""

import copy

import pytest
import requests

from tests.simulators.wholescripts import people
from tests.simulators_tests.wholescripts_caller import Caller

PACK = "000000000200000633"


@pytest.fixture
def caller(sims):
    caller = Caller(sims)
    caller.connect()
    return caller


@pytest.fixture
def product(caller):
    rows = caller.basic("/ProductList").json()
    return next(row for row in rows if row["medPaxSku"] and row["medPaxDetails"])


@pytest.fixture
def bottle(product):
    return {
        "Sku": product["sku"],
        "Quantity": 1,
        "Dosing": "1-AM|2-PM",
        "Notes": "",
        "MedPaxName": "",
        "MedPaxPills": [],
        "ItemDuration": "Ongoing",
    }


@pytest.fixture
def pack(product):
    return {
        "Sku": PACK,
        "Quantity": 1,
        "Dosing": "",
        "Notes": "",
        "MedPaxName": "Daily pack",
        "MedPaxPills": [{"Sku": product["medPaxSku"], "Quantity": 2, "ItemTime": "AM"}],
        "ItemDuration": "4 Weeks",
    }


def body(*items, **more):
    return {
        "PractitionerEmail": people.NORA,
        "EmailTo": "elena.marsh@mail.example",
        "PatientFirstName": "Elena",
        "PatientLastName": "Marsh",
        "Notes": "",
        "ref_code": "",
        "ref_name": "",
        "Items": list(items),
        "SendEmail": False,
    } | more


def test_a_recommendation_is_kept_and_reads_back_in_camel_case(caller, product, bottle, pack):
    sent = caller.recommend(body(bottle, pack)).json()
    assert sent["success"] is True
    assert sent["patientLink"].startswith("https://www.wholescripts.com/Recommendation/")
    entry = caller.bearer(f"/Recommendation/{sent['recommendationId']}").json()
    (entry,) = entry["recommendations"]
    assert entry["items"][0]["dosing"] == "1-AM|2-PM"
    assert entry["items"][0]["medPaxPills"] == []
    assert entry["items"][1]["dosing"] is None
    assert entry["items"][1]["name"] == ""
    assert entry["items"][1]["medPaxPills"][0]["name"] == product["medPaxDetails"]["name"]
    assert not entry["dateSentUtc"].endswith(("Z", "+00:00"))


def test_reading_by_address_ignores_case_and_other_patients(caller, bottle):
    caller.recommend(body(bottle))
    mine = caller.bearer("/Recommendations/Elena.Marsh%40mail.example").json()
    other = caller.bearer("/Recommendations/theo.albrecht%40mail.example").json()
    assert len(mine["recommendations"]) == 1
    assert other == {"recommendations": [], "success": True, "msg": "No recommendations found"}


def broken(path, value):
    """A change to a body: the value at a dotted path, or the key removed (`...`)."""

    def change(whole):
        *way, last = path.split(".")
        part = whole
        for step in way:
            part = part[int(step) if step.isdigit() else step]
        if value is ...:
            del part[last]
        else:
            part[last] = value
        return whole

    return pytest.param(change, id=f"{path}={str(value)[:20]}")


@pytest.mark.parametrize(
    "change",
    [
        broken("practitionerEmail", people.NORA),
        broken("PractitionerEmail", people.CLARA),
        broken("EmailTo", ...),
        broken("EmailTo", "no-address"),
        broken("EmailTo", "owen.hart@mail.example"),
        broken("PatientFirstName", ""),
        broken("PatientLastName", "x" * 501),
        broken("Notes", "\U0001f33f" * 251),
        broken("ref_code", "x" * 49),
        broken("ref_code", "MEADOW20"),
        broken("SendEmail", "false"),
        broken("Items", []),
        broken("Items.0.Sku", "000000000399999999"),
        broken("Items.0.Quantity", 0),
        broken("Items.0.Quantity", "1"),
        broken("Items.0.quantity", 1),
        broken("Items.0.Notes", ...),
        broken("Items.0.Dosing", "1-Noon"),
        broken("Items.0.Dosing", "1-AM|2-AM"),
        broken("Items.0.MedPaxName", "Pack"),
        broken("Items.0.ItemDuration", "4 weeks"),
        broken("Items.1.Dosing", "1-AM"),
        broken("Items.1.MedPaxName", ""),
        broken("Items.1.MedPaxPills", []),
        broken("Items.1.MedPaxPills.0.ItemTime", "Noon"),
        broken("Items.1.MedPaxPills.0.Quantity", True),
    ],
)
def test_what_is_not_documented_is_refused_and_not_kept(caller, bottle, pack, change):
    whole = body(copy.deepcopy(bottle), copy.deepcopy(pack))
    answer = caller.recommend(change(whole)).json()
    assert answer["success"] is False
    assert answer["recommendationId"] == 0
    assert answer["msg"]
    assert caller.sims.holds("wholescripts")["recommendations"] == []


def test_a_bottle_is_no_pill_and_a_pill_no_bottle(caller, product, bottle, pack):
    as_pill = copy.deepcopy(pack)
    as_pill["MedPaxPills"][0]["Sku"] = product["sku"]
    assert "Invalid SKU" in caller.recommend(body(as_pill)).json()["msg"]
    as_bottle = bottle | {"Sku": product["medPaxSku"]}
    assert "Invalid SKU" in caller.recommend(body(as_bottle)).json()["msg"]


def test_own_cartons_are_packs_for_their_practitioner_only(caller, pack):
    cartons = caller.bearer("/PrivateLabelProductList").json()["privateLabelCartons"]
    carton = pack | {"Sku": cartons[0]["sku"]}
    assert caller.recommend(body(carton)).json()["success"] is True
    caller.connect(people.CLARA)
    for_clara = body(carton, PractitionerEmail=people.CLARA, EmailTo="marcus.bell@mail.example")
    assert caller.recommend(for_clara).json()["success"] is False


def test_a_patient_gets_mail_when_told_so_or_not_told(caller, bottle):
    silent = body(bottle)
    unsaid = body(bottle)
    del unsaid["SendEmail"]
    for one in (silent, unsaid, body(bottle, SendEmail=True)):
        assert caller.recommend(one).json()["success"] is True
    assert [mail["to"] for mail in caller.sims.mail()] == ["elena.marsh@mail.example"] * 2
    kept = caller.sims.holds("wholescripts")["recommendations"]
    assert [one["send_email_given"] for one in kept] == [True, False, True]


def test_a_new_patient_may_need_a_referral_code(caller, bottle):
    caller.sims.knob("wholescripts", referral_required=True)
    new = body(bottle, EmailTo="new.person@mail.example")
    assert caller.recommend(new).json()["success"] is False
    coded = new | {"ref_code": "HARBOR15", "ref_name": "LINDQVIST"}
    assert caller.recommend(coded).json()["success"] is True


def test_a_reset_after_the_send_has_stored_it(caller, bottle):
    caller.sims.fault("wholescripts", "reset_after", method="POST", path="/Recommendations$")
    with pytest.raises(requests.ConnectionError):
        caller.recommend(body(bottle))
    found = caller.bearer("/Recommendations/elena.marsh%40mail.example").json()
    assert len(found["recommendations"]) == 1


def test_success_can_come_without_an_id(caller, bottle):
    caller.sims.knob("wholescripts", success_without_id=True)
    assert caller.recommend(body(bottle)).json() == {"success": True, "msg": ""}
    assert len(caller.sims.holds("wholescripts")["recommendations"]) == 1


def test_other_practitioners_rows_appear_only_when_the_knob_says_so(caller, bottle):
    caller.sims.act("wholescripts/recommendation", practitioner=people.ELSEWHERE, body=body(bottle))
    path = "/Recommendations/elena.marsh%40mail.example"
    assert caller.bearer(path).json()["recommendations"] == []
    caller.sims.knob("wholescripts", other_practitioner_rows=True)
    (row,) = caller.bearer(path).json()["recommendations"]
    assert row["practitionerEmail"] == people.ELSEWHERE


def test_unknown_words_made_elsewhere_survive_a_read(caller, bottle, pack):
    pills = [pack["MedPaxPills"][0] | {"ItemTime": "Noon with tea"}]
    odd = body(
        bottle | {"Dosing": "1/2-Noon", "ItemDuration": "A Fortnight"},
        pack | {"MedPaxPills": pills},
    )
    made = caller.sims.act("wholescripts/recommendation", practitioner=people.NORA, body=odd)
    caller.sims.act("wholescripts/status", id=made["id"], status="Half Opened")
    caller.sims.knob("wholescripts", pills_null=True)
    (entry,) = caller.bearer(f"/Recommendation/{made['id']}").json()["recommendations"]
    assert entry["status"] == "Half Opened"
    assert (entry["items"][0]["dosing"], entry["items"][0]["medPaxPills"]) == ("1/2-Noon", None)
    assert entry["items"][1]["medPaxPills"][0]["itemTime"] == "Noon with tea"


@pytest.mark.parametrize(
    ("style", "status", "success"),
    [("empty", 200, True), ("404", 404, None), ("success_false", 200, False)],
)
def test_nothing_recommended_is_said_in_three_ways(caller, style, status, success):
    caller.sims.knob("wholescripts", not_found_style=style)
    answer = caller.bearer("/Recommendation/42")
    assert (answer.status_code, answer.json().get("success")) == (status, success)


def test_the_patients_link_opens_here_when_asked(caller, bottle):
    caller.sims.knob("wholescripts", link_to_simulator=True)
    link = caller.recommend(body(bottle)).json()["patientLink"]
    page = requests.get(link, timeout=5)
    assert page.status_code == 200
    assert "Recommended for Elena Marsh" in page.text


def test_a_status_is_set_on_the_control_page(caller, bottle, pack):
    number = caller.recommend(body(bottle, pack)).json()["recommendationId"]
    answer = requests.post(
        f"{caller.sims.control}/do/wholescripts/status",
        data={"id": number, "status": "Seen"},
        timeout=5,
    )
    assert answer.ok
    assert caller.sims.holds("wholescripts")["recommendations"][0]["status"] == "Seen"


def test_the_control_page_shows_what_was_recommended(caller, product, bottle, pack):
    caller.recommend(body(bottle, pack))
    page = requests.get(caller.sims.control, timeout=5).text
    assert "Daily pack" in page
    assert product["medPaxDetails"]["name"] in page
    assert people.NORA in page
