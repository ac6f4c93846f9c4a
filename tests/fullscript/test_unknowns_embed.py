"""Both answers to what is not known of the frame and of protocols: 9 and 13. What is not known
of cookies (22) is shown in `embed/`, with a browser that blocks them."""

import pytest

from practice import connect
from practice.vendors.contract import Origin
from practice.vendors.fullscript import protocols
from tests.recommendations.conftest import make_harbor
from tests.recommendations.hand import Hand


@pytest.fixture
def nora(db, client, simulators):
    harbor = make_harbor()
    client.force_login(harbor.nora.user)
    return Hand(harbor, client, simulators)


@pytest.mark.parametrize("status_201", [False, True])
def test_unknown_13_a_page_gets_its_grant_with_200_and_201(nora, simulators, status_201):
    simulators.knob("fullscript", grant_status_201=status_201)
    answer = nora.post(nora.signed(), "grant")
    assert answer.status_code == 200
    assert answer.json()["secret_token"] in nora.held("session_grants")


@pytest.fixture
def own(nora, simulators):
    """Nora's client, and what it lists of her own protocols."""

    def act(deed):
        with nora.harbor.scope():
            return connect.call(nora.connection, deed)

    return act


def listed(nora, own):
    whose = nora.connection.practitioner_id
    return own(lambda client: client.protocols(Origin.OWN, whose)).rows


@pytest.mark.parametrize("wrapper", ["documented", "none", "data"])
@pytest.mark.parametrize("items", ["full", "brief"])
def test_unknown_09_a_protocol_is_read_with_and_without_its_wrapper(
    nora, own, simulators, wrapper, items
):
    simulators.knob("fullscript", wrapper=wrapper, protocol_items=items)
    rows = listed(nora, own)
    sleep = next(row for row in rows if row.name == "Sleep support")
    assert len(sleep.lines) == (1 if items == "full" else 0)
    assert len(own(lambda client: client.protocol(sleep.id)).lines) == 1


@pytest.mark.parametrize(
    "row",
    [
        {"id": 7},
        {"id": "7", "name": None, "recommendations": None, "current_state": ["odd"]},
        {"id": "7", "title": "7", "recommendations": [None, 3, "x"]},
        {"id": "7", "name": {"text": "x"}, "recommendations": {"variant_id": "v"}},
    ],
)
def test_unknown_09_a_protocol_of_an_odd_shape_is_called_by_its_number(row):
    held = protocols.held_protocol(row)
    assert (held.id, held.name, held.lines) == ("7", "7", ())
