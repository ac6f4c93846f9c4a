"""What the operator's staff do about a person's way in: end sessions, take a lost second step
away, lock somebody out. Works inside a unit."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse


def end_sessions(user) -> int:
    """Signs `user` out everywhere. How many sessions that were."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def reset_second_step(user, reason: str) -> int:
    """Takes every second step away, signs `user` out everywhere and tells them by e-mail.
    How many steps that were; with none, nothing is done. Raises what sending mail does."""
    steps, _ = Authenticator.objects.filter(user=user).delete()
    if not steps:
        return 0
    end_sessions(user)
    words = {"reason": reason, "page": settings.SITE_URL + reverse("mfa_index")}
    EmailMessage(
        "Your two-step sign-in was reset",
        render_to_string("practice/second_step_mail.txt", words),
        to=[user.email],
    ).send()
    return steps


def lock_out(user) -> None:
    """Nobody signs in as `user` any more, and who is signed in is no longer."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user)


def let_in(user) -> None:
    user.is_active = True
    user.save(update_fields=["is_active"])
