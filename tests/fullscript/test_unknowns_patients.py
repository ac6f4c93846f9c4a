"""What is not known of Fullscript's patients: both possible answers of each are handled."""

import datetime as dt

import pytest

from practice.vendors.contract import BadAnswer, PatientRow, PostalAddress, Refused
from practice.vendors.fullscript import people

STREET = PostalAddress(
    "a1", "Elena Marsh", "1 Example Street", "Unit 2", "Portland", "OR", "97201", "US"
)


@pytest.fixture
def nora(nora_at_fullscript):
    client, _ = nora_at_fullscript
    return client


@pytest.fixture
def elena(nora):
    return next(row for row in nora.search_patients("elena.marsh"))


def answers(simulators, path, body, method="GET", code=200):
    """The vendor's next answer there is `body`."""
    simulators.fault(
        "fullscript", "status", method=method, path=path, params={"code": code, "body": body}
    )


@pytest.mark.parametrize(
    "row",
    [
        {
            "id": "a1",
            "first_name": "Elena",
            "last_name": "Marsh",
            "address1": "1 Example Street",
            "address2": "Unit 2",
            "city": "Portland",
            "state": "OR",
            "zipcode": "97201",
            "country": "US",
        },
        {
            "id": "a1",
            "name": "Elena Marsh",
            "line1": "1 Example Street",
            "line2": "Unit 2",
            "city": "Portland",
            "state": {"id": 37, "name": "Oregon", "abbr": "OR"},
            "postalCode": "97201",
            "country": {"iso": "US"},
            "is_default": True,
        },
    ],
)
def test_unknown_09_an_address_is_read_by_whichever_names(simulators, nora, elena, row):
    for body in (
        {"addresses": [row], "meta": {}},
        {"address": row},
        {"addresses": [{"address": row}]},
    ):
        answers(simulators, "/addresses$", body)
        assert nora.addresses(elena.id) == (STREET,)


@pytest.mark.parametrize("body", [{}, {"addresses": None}, {"addresses": [{"id": "a1"}, "odd"]}])
def test_unknown_09_addresses_in_no_known_shape_are_none(simulators, nora, elena, body):
    answers(simulators, "/addresses$", body)
    assert nora.addresses(elena.id) == ()


@pytest.mark.parametrize("wrapper", ["patients", "dependents"])
def test_unknown_09_dependents_stand_under_either_key(simulators, nora, elena, wrapper):
    answers(simulators, "/dependents$", {wrapper: [{"id": "c1", "first_name": "Mila"}]})
    [child] = nora.dependents(elena.id)
    assert (child.id, child.is_dependent, child.guardian_id) == ("c1", True, elena.id)


def test_unknown_09_a_patient_is_read_with_or_without_its_wrapper(simulators, nora, elena):
    bare = {"id": elena.id, "first_name": "Elena", "guardian": {"id": "g1"}, "gender": "unsure"}
    for body in (bare, {"patient": bare}):
        answers(simulators, f"/patients/{elena.id}$", body)
        row = nora.patient(elena.id)
        assert (row.first_name, row.guardian_id, row.is_dependent) == ("Elena", "g1", True)
        assert (row.sex, row.email, row.birth_date) == ("", "", None)


@pytest.mark.parametrize("wrapper", ["documented", "none", "data"])
def test_unknown_09_patients_are_read_under_whichever_key(simulators, nora, elena, wrapper):
    simulators.knob("fullscript", wrapper=wrapper, extra_keys=True)
    assert nora.patient(elena.id) == elena
    assert elena in nora.patients().rows
    assert elena in nora.search_patients("elena")
    assert nora.addresses(elena.id)[0].city == "Portland"
    assert nora.dependents(elena.id) == ()


def test_unknown_09_a_list_that_does_not_say_whether_more_follows_is_no_list(simulators, nora):
    answers(simulators, "/clinic/patients$", {"patients": [{"id": "p1"}]})
    with pytest.raises(BadAnswer):
        nora.patients()


@pytest.mark.parametrize(
    "answer",
    [
        {"patient": {"id": "p1"}},
        {"dynamic_links": {"redirect_url": "https://x.example/", "patient_id": "p1"}},
        {"patient_id": "p1"},
    ],
)
def test_unknown_17_a_links_patient_is_read_in_any_of_three_places(answer):
    assert people.patient_id_of_link(answer) == "p1"


def test_unknown_17_a_link_may_name_nobody():
    assert (
        people.patient_id_of_link({"dynamic_links": {"redirect_url": "u"}, "patient": None}) == ""
    )


def with_our_id(nora, first_name):
    row = PatientRow(
        "",
        first_name,
        "Moss",
        f"{first_name}@mail.example".lower(),
        dt.date(1990, 1, 2),
        our_id="patient-1",
    )
    return nora.create_patient(row, send_welcome_email=False)


def test_unknown_23_our_id_is_found_once(nora):
    made = with_our_id(nora, "Ida")
    assert nora.patients_by_our_id("patient-1") == (made,)


def test_unknown_23_several_that_carry_our_id_are_all_given(nora):
    both = {with_our_id(nora, "Ida").id, with_our_id(nora, "Ines").id}
    assert {row.id for row in nora.patients_by_our_id("patient-1")} == both


def test_unknown_23_who_carries_our_id_need_not_show_it(simulators, nora):
    made = with_our_id(nora, "Ida")
    shown = {"id": made.id, "first_name": "Ida", "last_name": "Moss"}
    answers(simulators, f"/clinic/patients/{made.id}$", {"patient": shown})
    [found] = nora.patients_by_our_id("patient-1")
    assert found.our_id == "patient-1"


@pytest.mark.parametrize("knobs", [{"metadata_unique": True}, {"metadata_length": 5}])
def test_unknown_23_an_id_that_is_not_taken_is_a_refusal(simulators, nora, elena, knobs):
    with_our_id(nora, "Ida")
    simulators.knob("fullscript", **knobs)
    with pytest.raises(Refused):
        nora.leave_our_id(elena.id, "patient-1")
    assert nora.patient(elena.id).our_id == ""
