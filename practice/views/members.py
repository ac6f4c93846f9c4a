"""The practice's members and whom it has invited, for its owners."""

from smtplib import SMTPException

from django.contrib import messages
from django.db.models import F
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practice import desk, invite, limits, members, presence, tenancy
from practice.member_forms import InvitationForm, MemberForm
from practice.middleware import opens_itself
from practice.models import Invitation, Membership
from practice.roles import allow

MEMBER_ADDRESS = "practice:member-list"


def members_setting(request):
    """For owners: the way to the members."""
    if not request.membership.may("manage_members"):
        return None
    waiting = Invitation.objects.for_practice(request.practice).open().count()
    return desk.Setting(
        title="Members and invitations",
        text="Who works here, with which role; who is invited; who leaves.",
        url=reverse(MEMBER_ADDRESS, args=[request.practice.slug]),
        state="waiting" if waiting else "",
        label=f"{waiting} invited" if waiting else "",
    )


@require_GET
@allow("manage_members")
def member_list(request):
    here = Membership.objects.for_practice(request.practice).select_related("user")
    return render(
        request,
        "practice/member_list.html",
        {
            "members": here.order_by(F("deactivated_at").asc(nulls_first=True), "name", "id"),
            "invitations": Invitation.objects.for_practice(request.practice)
            .open()
            .select_related("invited_by"),
            "now": timezone.now(),
        },
    )


@require_http_methods(["GET", "POST"])
@allow("manage_members")
def member_edit(request, member_id):
    member = _member(request, member_id)
    form = MemberForm(request.POST or None, instance=member)
    if form.is_valid():
        try:
            members.change(form.instance)
        except members.LastOwner as refusal:
            form.add_error("role", str(refusal))
        else:
            messages.success(request, f"Saved: {member.name}.")
            return redirect(MEMBER_ADDRESS, request.practice.slug)
    shown = {"form": form, "member": _member(request, member_id)}
    status = 422 if form.errors else 200
    return render(request, "practice/member_edit.html", shown, status=status)


@require_POST
@allow("manage_members")
def member_deactivate(request, member_id):
    member = _member(request, member_id)
    try:
        members.deactivate(member, now=timezone.now())
    except members.LastOwner as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{member.name} has no access any more.")
    if member.pk == request.membership.pk and not member.is_active:
        presence.end(request, "locked_out")
        return redirect("home")
    return redirect(MEMBER_ADDRESS, request.practice.slug)


@require_POST
@allow("manage_members")
def member_reactivate(request, member_id):
    member = _member(request, member_id)
    members.reactivate(member)
    messages.success(request, f"{member.name} has access again, with the same role.")
    return redirect(MEMBER_ADDRESS, request.practice.slug)


@opens_itself
@require_http_methods(["GET", "POST"])
@allow("manage_members")
@limits.by_practice("invitation-sent", "POST")
def invitation_add(request):
    """Mail goes out between units, as calls to vendors do."""
    asked = Invitation(practice=request.practice, invited_by=request.membership)
    form = InvitationForm(request.POST or None, instance=asked)
    if form.is_valid():
        try:
            with tenancy.unit():
                token = invite.ask(form.instance, now=timezone.now())
        except invite.CannotInvite as refusal:
            form.add_error("email", str(refusal))
        else:
            return _delivered(request, form.instance, token)
    with tenancy.unit():
        return render(
            request,
            "practice/invitation_add.html",
            {"form": form, "days": invite.LASTS.days},
            status=422 if form.errors else 200,
        )


@opens_itself
@require_POST
@allow("manage_members")
@limits.by_practice("invitation-sent")
def invitation_again(request, invitation_id):
    with tenancy.unit():
        invitation = _invitation(request, invitation_id)
        token = invite.again(invitation, now=timezone.now())
    return _delivered(request, invitation, token)


@require_POST
@allow("manage_members")
def invitation_revoke(request, invitation_id):
    invitation = _invitation(request, invitation_id)
    invite.revoke(invitation, now=timezone.now())
    messages.success(request, f"The invitation of {invitation.email} no longer opens.")
    return redirect(MEMBER_ADDRESS, request.practice.slug)


def _delivered(request, invitation, token):
    try:
        invite.deliver(invitation, token)
    except (OSError, SMTPException):
        messages.error(
            request,
            f"{invitation.email} is invited, but the e-mail could not be sent. Send it again.",
        )
    else:
        messages.success(request, f"{invitation.email} is invited. The link works for 7 days.")
    return redirect(MEMBER_ADDRESS, request.practice.slug)


def _member(request, member_id):
    here = Membership.objects.for_practice(request.practice).select_related("user")
    return get_object_or_404(here, pk=member_id)


def _invitation(request, invitation_id):
    waiting = Invitation.objects.for_practice(request.practice).open()
    found = waiting.select_related("practice", "invited_by").select_for_update(of=["self"])
    return get_object_or_404(found, pk=invitation_id)
