"""Protocols at the simulated Fullscript: a practitioner's own, shared ones and Fullscript's, in
whatever shape they come."""

import pytest

from practice.vendors.contract import AccessRevoked, Origin, Refused, Slot
from practice.vendors.fullscript import protocols


def names(page):
    return [row.name for row in page.rows]


@pytest.fixture
def nora(nora_at_fullscript):
    """(client with Nora's token, her id there)"""
    client, tokens = nora_at_fullscript
    return client, tokens.owner_id


def test_own_shared_and_fullscripts_are_told_apart(nora):
    client, own_id = nora
    assert names(client.protocols(Origin.OWN, own_id)) == [
        "Bone and balance",
        "Gut reset",
        "Iron repletion, retired",
        "Sleep support",
    ]
    assert names(client.protocols(Origin.SHARED, own_id)) == ["Winter immunity"]
    assert names(client.protocols(Origin.VENDOR)) == ["Stress basics", "Travel basics"]


def test_one_is_read_with_its_lines(nora):
    client, own_id = nora
    sleep = client.protocols(Origin.OWN, own_id).rows[-1]
    held = client.protocol(sleep.id)
    [line] = held.lines
    assert (held.name, held.raw_state, line.units, line.duration_days) == (
        "Sleep support",
        "active",
        1,
        30,
    )
    assert line.doses == ()  # 1-2 is no number
    assert "1-2 capsule every night" in line.sig


def test_a_dose_that_is_a_number_is_read_as_one():
    line = {"variant_id": "v", "dosage": {"amount": "1", "frequency": "once per day"}}
    line["dosage"]["time_of_day"] = ["morning"]
    [read] = protocols.held_protocol({"id": "1", "recommendations": [line]}).lines
    assert [dose.slot for dose in read.doses] == [Slot.BREAKFAST]


def test_an_unknown_one_is_none(nora):
    client, _ = nora
    assert client.protocol("no-such-protocol") is None


def test_templates_stand_in_where_protocols_are_unknown(nora, simulators):
    client, own_id = nora
    simulators.fault("fullscript", "status", path="/protocols", times=3, params={"code": 404})
    found = client.protocols(Origin.OWN, own_id)
    assert "Sleep support" in names(found)
    assert names(client.protocols(Origin.SHARED, own_id)) == []
    sleep = next(row for row in found.rows if row.name == "Sleep support")
    assert len(client.protocol(sleep.id).lines) == 1


def test_templates_are_not_asked_for_otherwise(nora, simulators):
    client, own_id = nora
    for code, error in ((403, AccessRevoked), (422, Refused)):
        simulators.fault("fullscript", "status", path="/protocols", params={"code": code})
        with pytest.raises(error):
            client.protocols(Origin.OWN, own_id)
    assert not [call for call in simulators.log("fullscript") if "templates" in call["path"]]
