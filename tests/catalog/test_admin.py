"""The operator's desk shows readings, listings and products, and changes none of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.catalog.readings import shelf
from tests.factories import staff_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(staff_user())
    return client


@pytest.mark.parametrize("model", ["syncrun", "listing", "product"])
def test_nothing_is_added_by_hand(desk, model):
    assert desk.get(f"/admin/catalog/{model}/", secure=True).status_code == 200
    assert desk.get(f"/admin/catalog/{model}/add/", secure=True).status_code == 403


@pytest.mark.parametrize("model", ["listing", "product"])
def test_a_list_asks_the_same_number_of_queries_however_long(desk, model):
    shelf(3)
    desk.get(f"/admin/catalog/{model}/", secure=True)
    with CaptureQueriesContext(connection) as few:
        desk.get(f"/admin/catalog/{model}/", secure=True)
    shelf(40)
    with CaptureQueriesContext(connection) as many:
        desk.get(f"/admin/catalog/{model}/", secure=True)
    assert len(many) == len(few)
