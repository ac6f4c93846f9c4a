"""`{% patient_banner patient %}`: who this page is about, on every page of a patient."""

from django import template
from django.urls import reverse
from django.utils import timezone

from practice.ages import age_on

register = template.Library()


@register.inclusion_tag("_patient_banner.html", takes_context=True)
def patient_banner(context, patient, *reminders):
    """Name, birth date, age, record number and allergies. `reminders` are further words to
    watch, for example "pregnant"."""
    practice = context["request"].practice
    patient.age = age_on(timezone.localdate(timezone=practice.zone), patient.birth_date)
    return {
        "patient": patient,
        "practitioner": patient.practitioner.name
        if practice.restricts_patients and patient.practitioner
        else "",
        "url": reverse("practice:patient-detail", args=[practice.slug, patient.pk]),
        "reminders": [*reminders, *(["Archived"] if patient.archived_at else [])],
    }
