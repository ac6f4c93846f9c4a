"""Traps of Fullscript's events of orders and laboratories (reference 6.6)."""

import pytest


@pytest.mark.parametrize("spelling", ["type labs", "lab_type labs", "type lab"])
def test_trap_lab_lines_are_marked_by_either_key_and_either_word(elena, simulators, spelling):
    simulators.knob("fullscript", lab_line=spelling)
    elena.link()
    elena.buys()
    elena.tell()
    assert [line["kind"] for line in elena.orders()[0].lines] == ["labs"]
    assert len(elena.labs()) == 1


def test_trap_order_id_is_no_laboratory_orders_id(elena, simulators):
    """Nothing is asked of a laboratory order under the id that the event names."""
    elena.link()
    elena.buys()
    [event] = elena.events()
    simulators.clear_log("fullscript")
    elena.tell(event)
    paths = [call["path"] for call in simulators.log("fullscript")]
    assert any(path.endswith("/clinic/labs/orders") for path in paths)
    assert not any(path.endswith(f"/labs/orders/{event['data']['id']}") for path in paths)
