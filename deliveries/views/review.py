"""The decisions only a person can take."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from deliveries import review
from deliveries.forms import AgainForm, ThereForm
from deliveries.models import Delivery
from practice.roles import allow


@require_POST
@allow("book_deliveries")
def delivery_there(request, pk):
    delivery = _delivery(request, pk)
    form = ThereForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter the package id as the courier's dashboard shows it.")
        return _back(request, delivery)
    parcel_id = form.cleaned_data["parcel_id"]
    try:
        review.it_is_there(delivery, parcel_id, request.membership.name, timezone.now())
    except review.CannotDecide as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "The parcel is tied to this delivery.")
    return _back(request, delivery)


@require_POST
@allow("book_deliveries")
def delivery_again(request, pk):
    delivery = _delivery(request, pk)
    form = AgainForm(request.POST)
    confirmed = form.is_valid() and form.cleaned_data["confirmed"]
    try:
        review.send_again(delivery, request.membership.name, confirmed, timezone.now())
    except review.CannotDecide as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "The parcel is being booked once more.")
    return _back(request, delivery)


@require_POST
@allow("book_deliveries")
def delivery_settle(request, pk):
    delivery = _delivery(request, pk)
    review.settle(delivery, request.membership.name, timezone.now())
    messages.success(request, "Marked as looked at.")
    return _back(request, delivery)


def _delivery(request, pk) -> Delivery:
    return get_object_or_404(Delivery.objects.for_practice(request.practice), pk=pk)


def _back(request, delivery):
    return redirect("deliveries:delivery-detail", request.practice.slug, delivery.pk)
