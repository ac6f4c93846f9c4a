"""The list of one's own sessions, and ending one or all others."""

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from practice import tasks, user_agents
from tests.practice.presences import age_of, key_of, signed_in

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0"
LIST = "/account/sessions/"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bob(clinic):
    return clinic.members.bob.user


@pytest.fixture
def at_work(bob):
    return signed_in(bob, WINDOWS)


@pytest.fixture
def at_home(bob):
    return signed_in(bob, FIREFOX, "198.51.100.4")


def page(browser):
    return browser.get(LIST).content.decode()


def number_of(browser):
    return UserSession.objects.get(session_key=key_of(browser)).pk


def end(browser, number):
    return browser.post(f"{LIST}{number}/end")


def is_in(browser):
    return browser.get("/bayside/").status_code == 200


def test_each_session_is_told_apart(at_work, at_home):
    shown = page(at_work)
    assert "Chrome 131 on Windows" in shown
    assert "Firefox 134 on Linux" in shown
    assert "198.51.100.4" in shown
    assert shown.count("This one") == 1


def test_who_is_signed_in_once_is_told_so(at_work):
    assert "You are signed in nowhere else" in page(at_work)


def test_a_session_that_has_ended_is_not_listed(at_work, at_home):
    age_of(at_home, idle=15 * 60)
    assert "Firefox" not in page(at_work)


def test_one_that_is_ended_is_out_at_its_next_request(at_work, at_home):
    assert end(at_work, number_of(at_home)).status_code == 302
    assert not is_in(at_home)
    assert is_in(at_work)


def test_all_others_are_ended_at_once(bob, at_work, at_home):
    third = signed_in(bob, FIREFOX)
    at_work.post(f"{LIST}others/end")
    assert [is_in(one) for one in (at_work, at_home, third)] == [True, False, False]


def test_a_strangers_session_is_none(clinic, at_work):
    stranger = clinic.members.charlie.user
    theirs = signed_in(stranger, FIREFOX)
    answer, nothing = end(at_work, number_of(theirs)), end(at_work, 987654)
    assert answer.status_code == nothing.status_code == 404
    assert theirs.get("/other/").status_code == 200


def test_rows_that_nobody_came_back_to_are_removed(at_work, at_home):
    Session.objects.filter(pk=key_of(at_home)).update(expire_date=timezone.now())
    tasks.clear_sessions.apply().get()
    kept = set(Session.objects.values_list("pk", flat=True))
    assert key_of(at_home) not in kept
    assert key_of(at_work) in kept


def test_ending_asks_for_a_post(at_work, at_home):
    assert at_work.get(f"{LIST}{number_of(at_home)}/end").status_code == 405
    assert is_in(at_home)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (WINDOWS, "Chrome 131 on Windows"),
        (f"{WINDOWS} Safari/537.36 Edg/131.0.0.0", "Edge 131 on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.1 Safari/605.1.15",
            "Safari 17 on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari 18 on iPhone",
        ),
        ("", "A browser not known here"),
        ("curl/8.5.0", "A browser not known here"),
    ],
)
def test_browsers_are_named_in_words(agent, words):
    assert user_agents.in_words(agent) == words


def test_what_the_database_holds_of_a_session_signs_nobody_in(bob, at_work):
    [listed] = UserSession.objects.filter(user=bob).values_list("session_key", flat=True)
    assert Session.objects.filter(pk=listed).exists()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = listed
    assert not is_in(thief)
    assert is_in(at_work)
