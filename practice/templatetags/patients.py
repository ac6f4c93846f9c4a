"""`{% patient_banner patient %}`: who this page is about, on every page of a patient."""

from django import template
from django.urls import reverse
from django.utils import timezone

from practice.ages import age_on

register = template.Library()


@register.inclusion_tag("_patient_banner.html", takes_context=True)
def patient_banner(context, patient, alerts=()):
    """`alerts` are further words beside the allergies, for example "pregnant"."""
    practice = context["request"].practice
    today = timezone.localdate(timezone=practice.zone)
    return {
        "patient": {
            "name": patient.name,
            "birth_date": patient.birth_date,
            "age": age_on(today, patient.birth_date),
            "get_sex_display": patient.get_sex_display() if patient.sex else "",
            "mrn": patient.record_number,
        },
        "url": reverse("practice:patient-detail", args=[practice.slug, patient.pk]),
        "allergies": patient.alerts,
        "alerts": [*alerts, *(["Archived"] if patient.archived_at else [])],
    }
