"""The page a clinician opens first."""

import datetime as dt
from dataclasses import dataclass

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from practice import audit, desk
from practice.desk import Card, Line, Urgency
from practice.models import Connection, Patient, PatientEvent
from practice.roles import allow
from practice.vendors.registry import VENDORS

RECENT = dt.timedelta(days=7)
RECENT_SHOWN = 5


@dataclass(frozen=True)
class Step:
    """One of the first things to do in a new practice."""

    title: str
    text: str
    url: str
    label: str
    done: bool


@require_GET
@allow("see")
def today(request):
    steps = _steps(request)
    cards = sorted([*_own_cards(request), *desk.cards(request)], key=lambda card: card.urgency)
    lines = [line for card in cards for line in card.lines]
    audit.listed(request, "practice:today", [line.patient_id for line in lines])
    return render(
        request,
        "practice/today.html",
        {
            "day": timezone.localdate(timezone=request.practice.zone),
            "steps": steps,
            "next_step": next((step for step in steps if not step.done), None),
            "cards": cards,
        },
    )


def _steps(request) -> list[Step]:
    """The three first steps, or none once all are done."""
    practice = request.practice
    slug = practice.slug
    steps = [
        Step(
            "Connect a dispensary",
            "Each clinician connects their own account, on the dispensary's page.",
            reverse("practice:connection-list", args=[slug])
            if request.membership.may("connect_own_account")
            else "",
            "Connect an account",
            Connection.objects.for_practice(practice).exclude(state="pending").exists(),
        ),
        Step(
            "Add a patient",
            "A name is enough to begin. E-mail and address can follow.",
            reverse("practice:patient-add", args=[slug])
            if request.membership.may("edit_patients")
            else "",
            "Add a patient",
            Patient.objects.for_practice(practice).exists(),
        ),
        Step(
            "Start a plan",
            "Open the patient and choose “Start a plan”.",
            reverse("practice:patient-list", args=[slug]),
            "Choose a patient",
            PatientEvent.objects.for_practice(practice)
            .filter(kind=PatientEvent.Kind.PLAN)
            .exists(),
        ),
    ]
    return [] if all(step.done for step in steps) else steps


def _own_cards(request) -> list[Card]:
    return [card for card in (_reconnect(request), _new_patients(request)) if card]


def _reconnect(request) -> Card | None:
    """Accounts that refuse us until their owner signs in there again. The member's own come
    first; None when all is well."""
    broken = list(
        Connection.objects.for_practice(request.practice)
        .filter(state=Connection.State.NEEDS_RECONNECT, membership__deactivated_at__isnull=True)
        .select_related("membership")
        .order_by("membership__name", "vendor")
    )
    if not broken:
        return None
    broken.sort(key=lambda connection: connection.membership_id != request.membership.pk)
    url = reverse("practice:connection-list", args=[request.practice.slug])
    return Card(
        title="Connections to reconnect",
        lines=tuple(
            Line(
                text=f"{VENDORS[connection.vendor].label} of {connection.membership.name}",
                url=url,
                note="Nothing is sent or read there until then.",
                state=connection.state,
                label=connection.get_state_display(),
            )
            for connection in broken
        ),
        urgency=Urgency.NOW,
        icon="connections",
        count=len(broken),
        url=url,
        url_label="Open connections",
    )


def _new_patients(request) -> Card:
    slug = request.practice.slug
    since = timezone.now() - RECENT
    added = Patient.objects.for_practice(request.practice).current().filter(created_at__gte=since)
    return Card(
        title="Patients added this week",
        lines=tuple(
            Line(
                text=patient.name,
                url=reverse("practice:patient-detail", args=[slug, patient.pk]),
                note=date_format(patient.birth_date, "\\b\\o\\r\\n M j, Y")
                if patient.birth_date
                else "birth date not recorded",
                patient_id=patient.pk,
            )
            for patient in added.order_by("-created_at", "-id")[:RECENT_SHOWN]
        ),
        empty="Nobody was added in the last seven days.",
        icon="patients",
        count=added.count(),
        url=reverse("practice:patient-list", args=[slug]),
        url_label="All patients",
    )
