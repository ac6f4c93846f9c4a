"""Seeing a practice as one of its members does, to help: with a reason, to look only, for
half an hour, and never behind the practice's back.

A view is bound to the browser session in which it began. It is asked for again at every
request, so whatever ends it (time, "Stop", the member leaving, the staff member losing the
right) ends it at once.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from practice import audit, covering, tenancy
from practice.models import Membership, SupportView
from practice.roles import Role

LASTS = dt.timedelta(minutes=30)
KEPT_IN_SIGHT = dt.timedelta(days=90)
LEAST_REASON = 10
PERMISSION = "practice.add_supportview"
SESSION_KEY = "support_view"
VIA = "support"
# What a worker that was sent on by `begin` has to tell the owners, before the sweep helps.
TOLD_WITHIN = dt.timedelta(minutes=2)


class CannotSee(Exception):
    """This practice cannot be seen as that member; `str()` says why."""


def may_see(user) -> bool:
    """Whether `user` is one of the operator's staff who may see practices as members do."""
    return user.is_active and user.is_staff and user.has_perm(PERMISSION) and is_mfa_enabled(user)


def begin(session, staff, membership: Membership, reason: str, now: dt.datetime) -> SupportView:
    """Begins a view and ends the one before it, wherever that was. Works inside a unit of all
    practices. Raises CannotSee."""
    if not may_see(staff):
        raise CannotSee("Seeing as a member needs a second step at sign-in and the permission.")
    if len(reason.strip()) < LEAST_REASON:
        raise CannotSee(f"Give a reason of {LEAST_REASON} characters or more.")
    if not Membership.objects.active().filter(pk=membership.pk, user__is_active=True).exists():
        raise CannotSee(f"{membership.name} has no access at present, so there is nothing to see.")
    get_user_model().objects.select_for_update().get(pk=staff.pk)
    for former in SupportView.objects.filter(staff=staff, ended_at__isnull=True):
        _end(former, min(now, former.expires_at))
    view = SupportView.objects.create(
        practice=membership.practice,
        membership=membership,
        staff=staff,
        reason=reason.strip(),
        begun_at=now,
        expires_at=now + LASTS,
    )
    _note(view, "begun")
    session[SESSION_KEY] = {"id": view.pk, "practice_id": view.practice_id}
    return view


def running(request, slug: str, now: dt.datetime) -> SupportView | None:
    """The view of the practice `slug` that runs in this browser session."""
    view = held(request)
    if view is None or view.practice.slug != slug or not may_see(request.user):
        return None
    with _opened(view):
        is_on = SupportView.objects.running(now).filter(pk=view.pk).exists()
    return view if is_on else None


def held(request) -> SupportView | None:
    """The view that began in this browser session, whether it runs or is over."""
    if not request.user.is_authenticated or not request.user.is_staff:
        return None
    kept = request.session.get(SESSION_KEY)
    if kept is None:
        return None
    with tenancy.unit(tenancy.of_practice(kept["practice_id"])):
        return (
            SupportView.objects.filter(pk=kept["id"], staff_id=request.user.pk)
            .select_related("practice", "membership__practice", "staff")
            .first()
        )


def scope_of(view: SupportView) -> tenancy.Scope:
    """What the member sees of this practice, and nothing of where else they work."""
    return dataclasses.replace(covering.scope_of(view.membership), user_id=None)


def reaches(page) -> bool:
    """Whether a page may be opened to look only: it shows, and asks no vendor for it. Those
    that are posted to, as the note that a sheet was printed is, write in the trail alone."""
    return getattr(page, "action", None) == "see" and not getattr(page, "opens_itself", False)


def actor_of(view: SupportView, **where) -> tenancy.Actor:
    """Who the audit trail names for what is seen. `where`: request_id, address."""
    return tenancy.Actor(
        via=VIA,
        user_id=view.staff_id,
        who=f"{view.staff_name}, as {view.membership.name}",
        reason=view.reason,
        **where,
    )


def stop(request, now: dt.datetime) -> SupportView | None:
    """Ends the view of this browser session. None where there is none."""
    view = held(request)
    forget(request)
    if view is not None:
        with tenancy.acting(actor_of(view)), _opened(view):
            _end(view, min(now, view.expires_at))
    return view


def forget(request) -> None:
    request.session.pop(SESSION_KEY, None)


def over(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice, view) of those whose time has run out, to be ended by `finish`."""
    with tenancy.unit():
        late = SupportView.objects.filter(ended_at__isnull=True, expires_at__lte=now)
        return list(late.values_list("practice_id", "pk"))


def finish(view_id: int, now: dt.datetime) -> None:
    """Writes down that a view's time ran out."""
    with tenancy.unit():
        view = _named().filter(pk=view_id, ended_at__isnull=True, expires_at__lte=now).first()
        if view is not None:
            with tenancy.acting(actor_of(view)), tenancy.unit():
                _end(view, view.expires_at)


def untold(now: dt.datetime) -> list[tuple[int, int]]:
    """(practice, view) of those whose owners nobody has told, though there was time."""
    with tenancy.unit():
        waiting = SupportView.objects.filter(
            owners_told_at__isnull=True, begun_at__lte=now - TOLD_WITHIN
        )
        return list(waiting.values_list("practice_id", "pk"))


def tell_owners(view_id: int, now: dt.datetime) -> None:
    """E-mails every owner of the practice, once."""
    with tenancy.unit():
        view = _named().filter(pk=view_id, owners_told_at__isnull=True).first()
        if view is None:
            return
        owners = Membership.objects.active().filter(practice=view.practice_id, role=Role.OWNER)
        addresses = list(owners.order_by("pk").values_list("user__email", flat=True))
    words = {
        "view": view,
        "page": settings.SITE_URL + reverse("practice:support-list", args=[view.practice.slug]),
    }
    subject = render_to_string("support/email/begun_subject.txt", words).strip()
    body = render_to_string("support/email/begun_message.txt", words)
    for address in addresses:
        EmailMessage(subject, body, to=[address]).send()
    with tenancy.unit():
        SupportView.objects.filter(pk=view_id).update(owners_told_at=now)


def lately(practice, now: dt.datetime):
    """Views of a practice that its owners are shown, the last first."""
    return (
        SupportView.objects.for_practice(practice)
        .since(now - KEPT_IN_SIGHT)
        .select_related("staff", "membership")
    )


def _named():
    return SupportView.objects.select_related("practice", "membership", "staff")


def _opened(view: SupportView):
    return tenancy.unit(tenancy.of_practice(view.practice_id))


def _end(view: SupportView, at: dt.datetime) -> None:
    """Ends a view once: who comes second changes nothing."""
    if SupportView.objects.filter(pk=view.pk, ended_at__isnull=True).update(ended_at=at):
        view.ended_at = at
        _note(view, "ended")


def _note(view: SupportView, what: str) -> None:
    with tenancy.acting(dataclasses.replace(tenancy.actor(), reason=view.reason)):
        audit.note(
            audit.Action.LOOKED,
            practice_id=view.practice_id,
            kind=view._meta.label_lower,
            object_id=view.pk,
            support_view=what,
            seen_as=view.membership.name,
        )
