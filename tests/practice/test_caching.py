"""Pages that show a practice are kept by no cache, on no disk."""

import pytest


def kept(answer):
    return "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["today", "patient-list", "connection-list", "practice-settings"])
def test_a_page_of_a_practice_is_not_stored(clinic, name):
    answer = clinic.alice.get(clinic.url(name))
    assert answer.status_code == 200
    assert not kept(answer)


def test_pages_outside_of_practices_and_errors_are_not_stored_either(clinic, client):
    assert not kept(client.get("/account/login/"))
    assert not kept(clinic.alice.get("/no-such-practice/"))
    assert not kept(clinic.alice.get("/no/such/address"))
    assert not kept(clinic.rae.get(clinic.url("patient-add")))
    assert not kept(clinic.alice.post("/hooks/fullscript", {}))
