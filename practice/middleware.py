"""The one place that opens a practice for web requests, and what holds for every answer."""

import time

import structlog
from allauth.account.middleware import AccountMiddleware
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.internal.httpkit import get_client_ip
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from practice import covering, presence, second_step_rule, support, tenancy
from practice.models import Membership
from practice.views import support as looking


def opens_itself(view):
    """Marks a view that calls a vendor: it runs without a transaction and opens units by
    itself (`with tenancy.unit():`) before and after the call."""
    view.opens_itself = True
    return view


def actor_of(request, *, via="portal", reason="") -> tenancy.Actor:
    """Who the audit trail names for what this request does."""
    if getattr(request, "support_view", None):
        return support.actor_of(
            request.support_view,
            request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
            address=get_client_ip(request) or "",
        )
    user = request.user if request.user.is_authenticated else None
    membership = getattr(request, "membership", None)
    return tenancy.Actor(
        via=via,
        user_id=user.pk if user else None,
        who=membership.name if membership else user.email if user else "",
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        address=get_client_ip(request) or "",
        reason=reason,
    )


def stored_nowhere(get_response):
    """Pages show patients: neither a browser's disk nor a proxy keeps one."""

    def answer(request):
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return answer


class PracticeMiddleware:
    """Declares the request's scope and runs the view in a unit. `request.memberships` are
    all of the user's, for the way into another practice.

    A URL with a `practice_slug` opens that practice for its active members and is a 404 for
    everybody else, whether it exists or not. Where the practice requires a second step, who
    has none reaches nothing of it. Other URLs open the user's own memberships.
    Staff with a running `support_view` come in as its member, to look only. A session that has
    lasted too long ends here (`presence`).
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.account = AccountMiddleware(get_response)

    def __call__(self, request):
        request.practice = None
        request.membership = None
        request.memberships = []
        request.support_view = None
        request.presence = None
        with tenancy.declare(tenancy.NOTHING):
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user_id = request.user.pk if request.user.is_authenticated else None
        slug = kwargs.pop("practice_slug", None)
        if user_id is not None:
            over = self._attend(request, view, user_id, slug)
            if over and getattr(view, "login_required", True):
                return presence.ended(request, over)
            user_id = request.user.pk
        scope = tenancy.Scope(user_id=user_id)
        if slug is not None:
            request.support_view = support.running(request, slug, timezone.now())
            if request.support_view is not None:
                return self._support(request, view, args, kwargs)
            membership = self._place(request, slug)
            if membership is None:
                return looking.ended(request, slug)
            if second_step_rule.is_owed(request.user, membership.practice):
                home = reverse("practice:today", args=[slug])
                return second_step_rule.lead(request, by=membership.practice.name, home=home)
            request.membership = membership
            request.practice = membership.practice
            scope = covering.scope_of(membership)
            structlog.contextvars.bind_contextvars(practice_id=membership.practice_id)
        with tenancy.acting(actor_of(request)):
            return self._answer(request, view, args, kwargs, scope)

    def _support(self, request, view, args, kwargs):
        """The operator's staff, as a member of the practice, to look only."""
        request.memberships = []
        request.membership = request.support_view.membership
        request.practice = request.membership.practice
        structlog.contextvars.bind_contextvars(practice_id=request.practice.pk)
        if not support.reaches(view):
            return looking.refused(request)
        with tenancy.acting(actor_of(request)):
            return self._answer(request, view, args, kwargs, support.scope_of(request.support_view))

    def _attend(self, request, view, user_id, slug) -> str:
        """Finds the user's places and whether their session goes on; why not, if it does not."""
        with tenancy.unit(tenancy.Scope(user_id=user_id)):
            places = list(Membership.objects.ever_of_user(user_id))
        request.memberships = [place for place in places if place.is_open]
        asks = getattr(view, "of_page", False)
        if asks:
            slug = request.headers.get(presence.OF_PRACTICE)
        here = self._place(request, slug)
        minutes = presence.minutes(
            request.memberships, here and here.practice, is_staff=request.user.is_staff
        )
        now = time.time()
        over = presence.why_over(request, places, minutes, now)
        if over:
            presence.end(request, over)
            request.memberships = []
        else:
            presence.attend(request, minutes, now, asks=asks)
        return over

    @staticmethod
    def _place(request, slug):
        return next((one for one in request.memberships if one.practice.slug == slug), None)

    def _answer(self, request, view, args, kwargs, scope):
        if getattr(view, "opens_itself", False):
            with tenancy.declare(scope):
                return self._render(view(request, *args, **kwargs))
        try:
            with tenancy.unit(scope):
                return self._render(view(request, *args, **kwargs))
        except (ImmediateHttpResponse, ReauthenticationRequired) as error:
            # Django asks other middleware about errors only of a view that it calls itself.
            return self.account.process_exception(request, error)

    @staticmethod
    def _render(response):
        """Lazy templates are rendered here, while the rows are still open."""
        if hasattr(response, "render") and callable(response.render):
            response.render()
        return response
