"""The ways into a practice for who is not in it yet: opening one, and an invitation's link."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from practice import invite, limits, start
from practice.member_forms import StartForm
from practice.models import Invitation, Membership


@require_http_methods(["GET", "POST"])
@limits.by_address("practice-started", "POST")
def start_practice(request):
    if not settings.SIGN_UP_OPEN:
        raise Http404("Practices are opened by the operator here.")
    if not EmailAddress.objects.filter(user=request.user, verified=True).exists():
        messages.warning(request, "Verify your e-mail address first, then open the practice.")
        return redirect("account_email")
    form = StartForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        membership = start.practice(request.user, **given)
        messages.success(request, f"{given['name']} is open. You are its owner.")
        return redirect("practice:today", membership.practice.slug)
    return render(
        request, "practice/start.html", {"form": form}, status=422 if form.errors else 200
    )


@login_not_required
@require_http_methods(["GET", "POST"])
@limits.by_address("invitation-missed", only=404)
def join(request, join_slug, token):
    """An invitation's link. Who is not signed in is asked to sign in or to make an account, and
    is not told which of the two would do."""
    now = timezone.now()
    try:
        with invite.opened(join_slug, request.user.pk):
            invitation = invite.find(join_slug, token, now=now)
            if not request.user.is_authenticated:
                return _ask_in(request, invitation, join_slug, token)
            if not invite.is_for(invitation, request.user):
                shown = {"invitation": invitation}
                return render(request, "join/other_account.html", shown, status=403)
            if request.method == "GET":
                return render(request, "join/join.html", {"invitation": invitation})
            membership = invite.accept(join_slug, token, request.user, now=now)
    except Invitation.DoesNotExist:
        return render(request, "join/gone.html", status=404)
    except invite.Gone:
        # Asked anew: the place may be a moment old.
        own = Membership.objects.active().filter(user=request.user.pk)
        if own.filter(practice__slug=join_slug).exists():
            return redirect("practice:today", join_slug)
        return render(request, "join/gone.html", status=410)
    request.session.pop(invite.SESSION_KEY, None)
    messages.success(request, f"You are in {membership.practice.name}.")
    return redirect("practice:today", join_slug)


def _ask_in(request, invitation, slug, token):
    back = urlencode({"next": request.path})
    if request.method == "POST":
        # Whoever has the link reads that mailbox: no second mail to verify it.
        get_adapter().stash_verified_email(request, invitation.email)
        request.session[invite.SESSION_KEY] = [slug, token]
        return redirect(f"{reverse('account_signup')}?{back}")
    sign_in = f"{reverse('account_login')}?{back}"
    return render(request, "join/ask_in.html", {"invitation": invitation, "sign_in": sign_in})
