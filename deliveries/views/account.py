"""The practice's account at the courier: key, hook address, signing secret."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from deliveries import book, courier
from deliveries.forms import KeyForm, SecretForm
from deliveries.models import Delivery
from practice.models import CourierAccount
from practice.roles import allow


@require_GET
@allow("manage_courier")
def courier_settings(request):
    return _page(request)


@require_POST
@allow("manage_courier")
def courier_key(request):
    """A new key replaces the old one at once, and what waited is sent."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, key_form=form)
    account, _ = CourierAccount.objects.get_or_create(practice=request.practice, vendor=courier.KEY)
    account.set_key(form.cleaned_data["api_key"])
    book.resume(request.practice)
    messages.success(request, "The key is saved. It is not shown again.")
    return _back(request)


@require_POST
@allow("manage_courier")
def courier_secret(request):
    """The secret in use stays valid beside the new one until the next roll."""
    account = _account(request)
    form = SecretForm(request.POST)
    if not form.is_valid():
        return _page(request, secret_form=form)
    account.roll_secret(form.cleaned_data["secret"])
    messages.success(request, "The signing secret is saved. The former one is accepted too.")
    return _back(request)


@require_POST
@allow("manage_courier")
def courier_events(request):
    """Whether the courier's plan includes webhooks."""
    account = _account(request)
    account.sends_events = request.POST.get("sends_events") == "yes"
    account.save(update_fields=["sends_events"])
    messages.success(request, "Saved.")
    return _back(request)


@require_POST
@allow("manage_courier")
def courier_resume(request):
    _account(request).resume()
    book.resume(request.practice)
    messages.success(request, "Booking goes on.")
    return _back(request)


def _page(request, key_form=None, secret_form=None):
    account = courier.account_of(request.practice)
    waiting = Delivery.objects.for_practice(request.practice).filter(state=Delivery.State.READY)
    context = {
        "account": account,
        "hook_url": _hook_url(account) if account else "",
        "event_types": courier.EVENT_TYPES,
        "key_form": key_form or KeyForm(),
        "secret_form": secret_form or SecretForm(),
        "waiting": waiting.count(),
        "is_live": settings.SCRIPTRUN_LIVE,
        "courier": courier.LABEL,
    }
    status = 422 if key_form or secret_form else 200
    return render(request, "deliveries/courier_settings.html", context, status=status)


def _hook_url(account: CourierAccount) -> str:
    path = reverse("practice-hook", args=[account.vendor, account.hook_path])
    return f"{settings.SITE_URL}{path}"


def _account(request) -> CourierAccount:
    ours = CourierAccount.objects.for_practice(request.practice)
    return get_object_or_404(ours, vendor=courier.KEY)


def _back(request):
    return redirect("deliveries:courier-settings", request.practice.slug)
