"""Where a second step at sign-in is asked for: by a practice that requires one, and always by
the operator's staff desk. Who has none is led to set it up, and on to where they wanted."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

# Recovery codes stand in for one of these, and are no step of their own.
COUNTS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SESSION_KEY = "second_step_for"


def has(user) -> bool:
    """Whether `user` has a step that counts: an authenticator app or a passkey."""
    return user.is_authenticated and is_mfa_enabled(user, COUNTS)


def is_owed(user, practice) -> bool:
    return practice.requires_second_factor and not has(user)


def lead(request, *, by: str, home: str) -> HttpResponse:
    """Leads to the set-up. `by` names who asks for it; `home` is where to go on to when what
    was asked for is no page to come back to."""
    is_fragment = bool(request.headers.get("HX-Request"))
    is_page = request.method == "GET" and not is_fragment
    wanted = {"by": by, "to": request.get_full_path() if is_page else home}
    if request.session.get(SESSION_KEY) != wanted:
        request.session[SESSION_KEY] = wanted
    place = reverse("second-step")
    return HttpResponseClientRedirect(place) if is_fragment else redirect(place)
