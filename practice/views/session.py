"""One's own sessions: how long this one lasts, and the list of all with their end."""

import time

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from practice import account_events, presence, user_agents


@presence.of_page
@login_not_required
@require_http_methods(["GET", "POST"])
def session(request):
    """For scripts: who is signed in, as a number, and for how many seconds more. POST says that
    the person is here."""
    if request.presence is None:
        return JsonResponse(
            {"who": None, "left": 0}, status=401 if request.method == "POST" else 200
        )
    here = request.presence
    return JsonResponse({"who": here.who, "left": here.left, "token": get_token(request)})


@require_safe
def session_again(request):
    """Where the new tab ends in which somebody signed in again, for a page that waits."""
    return render(request, "practice/session_again.html")


@require_safe
def session_list(request):
    minutes = presence.minutes(request.memberships, is_staff=request.user.is_staff)
    found = open_sessions(request, minutes)
    return render(request, "practice/session_list.html", {"sessions": found})


def open_sessions(request, minutes) -> list[dict]:
    """This one first, then by when they were last seen."""
    now, found = time.time(), []
    for one in UserSession.objects.filter(user=request.user):
        seen_at = presence.seen_at(one.session_key, minutes, now)
        if seen_at is None:
            continue
        found.append(
            {
                "row": one,
                "is_this": one.session_key == request.session.session_key,
                "seen_at": seen_at,
                "words": user_agents.in_words(one.user_agent),
            }
        )
    return sorted(found, key=lambda one: (not one["is_this"], -one["seen_at"].timestamp()))


@require_POST
def session_end(request, session_id):
    one = get_object_or_404(UserSession, pk=session_id, user=request.user)
    account_events.note(request.user, "session ended elsewhere")
    end_sessions(request, [one])
    messages.success(request, "That session has ended.")
    return redirect("usersessions_list")


@require_POST
def session_end_others(request):
    account_events.note(request.user, "all other sessions ended")
    end_other_sessions(request, request.user)
    messages.success(request, "You are signed in here only.")
    return redirect("usersessions_list")
