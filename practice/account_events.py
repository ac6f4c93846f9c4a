"""Writes what happens to a person's account into the audit trail: for each practice they work
in, or for the operator alone where they work in none.

Receivers of the signals of Django and allauth. Neither e-mail addresses nor what was typed
enters the trail.
"""

import dataclasses

from allauth.account import signals as account
from allauth.account.utils import filter_users_by_email
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth

from practice import audit, tenancy
from practice.models import AuditEntry, Membership

Action = AuditEntry.Action
KIND = "account"
SECOND_STEPS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def note(user, what: str, action: str = Action.ACCOUNT, request=None, **detail) -> None:
    """Adds an entry for each practice in which `user` has an active place. `request` tells the
    address where no request is being answered by a view yet."""
    with tenancy.unit(tenancy.EVERYTHING):
        places = list(Membership.objects.ever_of_user(user.pk).active())
        for practice_id, who in [(one.practice_id, one.name) for one in places] or [(None, "")]:
            with _by(user, who, request):
                audit.note(action, practice_id=practice_id, kind=KIND, what=what, **detail)


def _by(user, who, request):
    actor = dataclasses.replace(tenancy.actor(), user_id=user.pk, who=who or f"user {user.pk}")
    if request is not None and not actor.address and "REMOTE_ADDR" in request.META:
        actor = dataclasses.replace(actor, via="portal", address=get_client_ip(request) or "")
    return tenancy.acting(actor)


def signed_in(sender, request, user, **kwargs):
    note(user, "signed in", Action.SIGNED_IN, request)


def signed_out(sender, request, user, **kwargs):
    if user is not None:
        why = getattr(request, "session_ended", "asked")
        note(user, "signed out", Action.SIGNED_OUT, request, why=why)


def sign_in_failed(sender, credentials, request=None, **kwargs):
    email = credentials.get("email")
    for user in filter_users_by_email(email) if email else ():
        note(user, "password", Action.SIGN_IN_FAILED, request)


def second_step_failed(sender, request, user, **kwargs):
    note(user, "second step", Action.SIGN_IN_FAILED, request)


def second_step_used(sender, request, user, authenticator, **kwargs):
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        note(user, "recovery code used", request=request)


def _changed(what: str):
    def changed(sender, request, user=None, **kwargs):
        note(user or kwargs["email_address"].user, what, request=request)

    return changed


def _second_step(what: str):
    def changed(sender, request, user, authenticator, **kwargs):
        note(user, f"{SECOND_STEPS[authenticator.type]} {what}", request=request)

    return changed


RECEIVERS = [
    (account.user_logged_in, signed_in),
    (auth.user_logged_out, signed_out),
    (auth.user_login_failed, sign_in_failed),
    (account.password_set, _changed("password set")),
    (account.password_changed, _changed("password changed")),
    (account.password_reset, _changed("password reset")),
    (account.email_added, _changed("e-mail address added")),
    (account.email_confirmed, _changed("e-mail address confirmed")),
    (account.email_changed, _changed("main e-mail address changed")),
    (account.email_removed, _changed("e-mail address removed")),
    (mfa.authenticator_added, _second_step("added")),
    (mfa.authenticator_removed, _second_step("removed")),
    (mfa.authenticator_reset, _second_step("made anew")),
    (mfa.authenticator_used, second_step_used),
    (mfa.authentication_failed, second_step_failed),
]


def connect():
    for signal, receiver in RECEIVERS:
        signal.connect(receiver, weak=False)
