"""Asking somebody into a practice by e-mail, and what becomes of it.

The link's secret is e-mailed and kept as its hash only. All but `deliver` works in a unit of
the practice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from practice import tenancy
from practice.models import Invitation, Membership, Practice

LASTS = dt.timedelta(days=7)
LONGEST_TOKEN = 100
SESSION_KEY = "joining"


class CannotInvite(Exception):
    """This address is not invited; `str()` says why."""


class Gone(Exception):
    """The invitation was there once: it is used, was taken back, or its time ran out."""


def ask(invitation: Invitation, *, now: dt.datetime) -> str:
    """Keeps a new invitation; the link's secret. Raises CannotInvite."""
    if _member(invitation.practice_id, invitation.email) is not None:
        raise CannotInvite("A member signs in with this address already.")
    others = Invitation.objects.for_practice(invitation.practice_id).open()
    if others.filter(email__iexact=invitation.email).exists():
        raise CannotInvite("This address is invited already. Send that invitation again instead.")
    token = _new_secret(invitation, now)
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError:
        raise CannotInvite("This address is invited already. Send that invitation again instead.")
    return token


def again(invitation: Invitation, *, now: dt.datetime) -> str:
    """A new secret and seven more days; the link sent before is dead."""
    token = _new_secret(invitation, now)
    invitation.save(update_fields=["token_hash", "sent_at", "expires_at"])
    return token


def revoke(invitation: Invitation, *, now: dt.datetime) -> None:
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])


def deliver(invitation: Invitation, token: str) -> None:
    """E-mails the link. Runs outside of units; raises what sending mail does."""
    practice = invitation.practice
    words = {
        "invitation": invitation,
        "practice": practice,
        "link": settings.SITE_URL + reverse("join", args=[practice.slug, token]),
        "days": LASTS.days,
    }
    mail = EmailMultiAlternatives(
        render_to_string("practice/email/invitation_subject.txt", words).strip(),
        render_to_string("practice/email/invitation_message.txt", words),
        to=[invitation.email],
    )
    mail.attach_alternative(
        render_to_string("practice/email/invitation_message.html", words), "text/html"
    )
    mail.send()


def opened(slug: str, user_id: int | None = None):
    """A unit of the practice that an invitation's link names. Raises Invitation.DoesNotExist."""
    practice = Practice.objects.filter(slug=slug).first()
    if practice is None:
        raise Invitation.DoesNotExist
    return tenancy.unit(tenancy.of_practice(practice.pk, user_id))


def find(slug: str, token: str, *, now: dt.datetime, lock: bool = False) -> Invitation:
    """The open invitation of a link, within `opened(slug)`. Raises Invitation.DoesNotExist
    where there never was one, Gone where it is no longer good."""
    found = Invitation.objects.select_related("practice", "invited_by")
    if lock:
        found = found.select_for_update(of=["self"])
    invitation = found.get(practice__slug=slug, token_hash=_hash(token[:LONGEST_TOKEN]))
    is_over = invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now
    if is_over or invitation.practice.suspended_at:
        raise Gone
    return invitation


def is_joining(request, *, now: dt.datetime) -> bool:
    """Whether this browser came by a link that is still good, to make its account."""
    slug, token = request.session.get(SESSION_KEY) or ("", "")
    if not token:
        return False
    try:
        with opened(slug):
            find(slug, token, now=now)
    except (Invitation.DoesNotExist, Gone):
        return False
    return True


def is_for(invitation: Invitation, user) -> bool:
    """Whether one of the addresses that `user` has verified is the invited one."""
    own = EmailAddress.objects.filter(user_id=user.pk, verified=True)
    return own.filter(email__iexact=invitation.email).exists()


def accept(slug: str, token: str, user, *, now: dt.datetime) -> Membership:
    """Takes the place, within `opened(slug)`. A former member has the same one back; who is
    a member keeps theirs as it is. Raises as `find` does."""
    invitation = find(slug, token, now=now, lock=True)
    if not is_for(invitation, user):
        raise Invitation.DoesNotExist
    place = {name: getattr(invitation, name) for name in ("role", "name", "is_clinician")}
    membership, is_new = Membership.objects.get_or_create(
        practice=invitation.practice, user=user, defaults=place
    )
    if not is_new and not membership.is_active:
        for name, value in place.items():
            setattr(membership, name, value)
        membership.deactivated_at = None
        membership.save(update_fields=[*place, "deactivated_at"])
    invitation.accepted_at = now
    invitation.accepted_by = membership
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return membership


def _member(practice_id: int, email: str) -> Membership | None:
    addresses = EmailAddress.objects.filter(email__iexact=email, verified=True)
    members = Membership.objects.for_practice(practice_id).active()
    return (
        members.filter(user__in=addresses.values("user")).first()
        or members.filter(user__email__iexact=email).first()
    )


def _new_secret(invitation: Invitation, now: dt.datetime) -> str:
    token = secrets.token_urlsafe(32)
    invitation.token_hash = _hash(token)
    invitation.sent_at = now
    invitation.expires_at = now + LASTS
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
