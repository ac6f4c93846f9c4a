"""Attempts to sign in are counted for each address that the proxy saw."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    cache.clear()
    yield
    cache.clear()


def attempt(number, forwarded):
    words = {"login": f"nobody{number}@people.example", "password": "wrong horse battery"}
    answer = Client().post("/account/login/", words, headers={"X-Forwarded-For": forwarded})
    return answer.status_code, "Too many failed login attempts" in answer.content.decode()


def is_held_up(number, forwarded):
    status, told = attempt(number, forwarded)
    return status == 429 or told


def test_one_address_that_guesses_holds_up_nobody_else():
    UserFactory()
    for number in range(40):
        attempt(number, "203.0.113.7")
    assert is_held_up(40, "203.0.113.7")
    assert not is_held_up(41, "203.0.113.8")


def test_an_address_made_up_by_the_browser_does_not_count():
    for number in range(40):
        attempt(number, f"198.51.100.{number}, 203.0.113.7")
    assert is_held_up(40, "198.51.100.99, 203.0.113.7")
