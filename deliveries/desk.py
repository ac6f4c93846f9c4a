"""What deliveries add to the practice's pages: Today, a patient's page, the settings."""

from django.urls import reverse

from deliveries import courier
from deliveries.models import Delivery
from practice import audit_words, desk
from practice.models import CourierAccount

SHOWN = 5


def register() -> None:
    desk.add(to_decide)
    desk.add_patient_action(book_action)
    desk.add_patient_panel(patient_panel)
    desk.add_setting(account_setting)
    audit_words.name_pages(
        {
            "deliveries:delivery-list": "the list of deliveries",
            "deliveries:delivery-book": "the form of a booking",
            "deliveries.delivery": "a parcel’s order",
        }
    )


def to_decide(request):
    """Parcels that wait for a person; nothing while there are none."""
    if not request.membership.may("book_deliveries"):
        return None
    waiting = Delivery.objects.for_practice(request.practice).for_a_person()
    rows = list(waiting.select_related("patient").order_by("-id")[: SHOWN + 1])
    if not rows:
        return None
    slug = request.practice.slug
    return desk.Card(
        title="Parcels to look at",
        lines=tuple(
            desk.Line(
                text=str(delivery.patient),
                url=reverse("deliveries:delivery-detail", args=[slug, delivery.pk]),
                note=delivery.review_reason or "Nobody knows whether the courier made this parcel.",
                state=delivery.tone,
                label=delivery.get_state_display(),
                patient_id=delivery.patient_id,
            )
            for delivery in rows[:SHOWN]
        ),
        urgency=desk.Urgency.NOW,
        icon="deliveries",
        count=waiting.count() if len(rows) > SHOWN else len(rows),
        url=reverse("deliveries:delivery-list", args=[slug]) + "?show=review",
    )


def book_action(request, patient):
    if patient.archived_at or not request.membership.may("book_deliveries"):
        return None
    url = reverse("deliveries:delivery-book", args=[request.practice.slug, patient.pk])
    return desk.Action("Book a courier", url, icon="deliveries")


def patient_panel(request, patient):
    """The patient's last parcels; nothing before the first."""
    rows = list(patient.deliveries.order_by("-id")[:SHOWN])
    if not rows:
        return None
    return desk.Panel("Deliveries", "deliveries/_patient_panel.html", {"rows": rows})


def account_setting(request):
    if not request.membership.may("manage_courier"):
        return None
    state, label = "not_connected", "No key"
    account = courier.account_of(request.practice)
    if account and account.state == CourierAccount.State.PAUSED:
        state, label = "paused", "Paused"
    elif account and account.api_key:
        state, label = "connected", "Key saved"
    return desk.Setting(
        title="Courier account",
        text=f"The practice's {courier.LABEL} key, and where its reports of parcels come in.",
        url=reverse("deliveries:courier-settings", args=[request.practice.slug]),
        state=state,
        label=label,
    )
