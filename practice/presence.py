"""How long a session lasts: until nobody has used it for a practice's idle minutes, until 12
hours after the sign-in, or until its member is locked out of a practice.

A session holds `signed_in_at` and `seen_at`, in seconds. The middleware asks `why_over` once
for every request of somebody who is signed in; `ended` is what such a request is answered.
"""

import datetime as dt
import functools
import time
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render

LONGEST = 12 * 60 * 60
USUAL_MINUTES = 15
# A page costs no statement more for being seen: the time is written this seldom.
WRITTEN_EVERY = 30

# What htmx asks without anybody's doing, such as progress, keeps no session alive.
BACKGROUND = "X-Background"
# Which practice's page asks how long is left: `/session/` is of none.
OF_PRACTICE = "X-Practice"
ENDED = "Session-Ended"

WORDS = {
    "idle": "You were signed out because nothing was done for a while. Sign in again to go on.",
    "limit": "You were signed out because a session lasts 12 hours. Sign in again to go on.",
    "locked_out": "You were signed out because your place in a practice changed.",
    "gone": "You are no longer signed in here. Sign in to go on.",
}


@dataclass(frozen=True)
class Presence:
    """Who is here and for how many more seconds, if nothing is done."""

    who: int
    left: int


def begin(request, now: float | None = None) -> None:
    now = time.time() if now is None else now
    request.session["signed_in_at"] = request.session["seen_at"] = now


def begun(sender, request, **kwargs) -> None:
    """A receiver of `user_logged_in`."""
    if hasattr(request, "session"):
        begin(request)


def connect():
    user_logged_in.connect(begun)


def minutes(places, practice=None, *, is_staff=False) -> int:
    """Minutes without activity: the practice's own, elsewhere the strictest of one's own."""
    if practice is not None:
        return practice.idle_minutes
    all_of_them = [place.practice.idle_minutes for place in places]
    if is_staff or not all_of_them:
        all_of_them.append(USUAL_MINUTES)
    return min(all_of_them)


def left(session, idle_minutes: int, now: float) -> float:
    """Seconds until the session ends; none or fewer when it has."""
    try:
        idle = session["seen_at"] + idle_minutes * 60 - now
        return min(idle, session["signed_in_at"] + LONGEST - now)
    except (KeyError, TypeError):  # begun before sessions were timed
        return 0


def why_over(request, places, idle_minutes: int, now: float) -> str:
    """Why the session of this request has ended, a key of WORDS; empty while it goes on.
    `places` are all of the user's memberships, those that ended among them."""
    signed_in_at = request.session.get("signed_in_at", 0)
    ends = [place.deactivated_at for place in places if place.deactivated_at is not None]
    if any(end.timestamp() >= signed_in_at for end in ends):
        return "locked_out"
    if left(request.session, idle_minutes, now) > 0:
        return ""
    return "limit" if now - signed_in_at >= LONGEST else "idle"


def attend(request, idle_minutes: int, now: float, *, asks=False) -> None:
    """Notes that the person is here, and tells the page for how long (`request.presence`).
    A page that `asks` how long is left says by POST that the person is here, not by GET."""
    if asks:
        is_news = request.method == "POST"
    else:
        is_old = now - request.session["seen_at"] >= WRITTEN_EVERY
        is_news = is_old and BACKGROUND not in request.headers
    if is_news:
        request.session["seen_at"] = now
    request.presence = Presence(request.user.pk, int(left(request.session, idle_minutes, now)))


def end(request, why: str) -> None:
    """Signs out; the audit trail says why, and so does the next page."""
    request.session_ended = why
    logout(request)
    messages.info(request, WORDS[why])


def ended(request, why: str):
    """The answer to a request that needs somebody signed in. Nothing was done for it.

    Addresses are handed on without what follows the path: it may be a name searched for.
    """
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={ENDED: why or "gone"})
    if request.method not in ("GET", "HEAD"):
        words = {
            "why": WORDS.get(why, WORDS["gone"]),
            "to": urlencode({REDIRECT_FIELD_NAME: came_from(request)}),
        }
        answer = render(request, "401.html", words, status=401)
        answer.headers[ENDED] = why or "gone"
        return answer
    return redirect_to_login(request.path, settings.LOGIN_URL)


def came_from(request) -> str:
    """The path of the page that a form stood on; the front page where that is not known."""
    page = urlsplit(request.headers.get("Referer", ""))
    return page.path if page.netloc == request.get_host() else "/"


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's own, which answers as an ended session does."""

    def handle_no_permission(self, request, view_func):
        is_gone = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty()
        if is_gone and request.method == "GET":
            messages.info(request, WORDS["gone"])
        return ended(request, "gone" if is_gone else "")


def of_page(view):
    """Marks a view that is about the session of the page which asks: that page's practice
    says how long it lasts, and asking keeps nothing alive."""
    view.of_page = True
    return view


@functools.cache
def store_class():
    return import_module(settings.SESSION_ENGINE).SessionStore


def seen_at(session_key: str, idle_minutes: int, now: float) -> dt.datetime | None:
    """When a session was last used; None when it has ended."""
    data = store_class()(session_key).load()
    if left(data, idle_minutes, now) <= 0:
        return None
    return dt.datetime.fromtimestamp(data["seen_at"], dt.UTC)
