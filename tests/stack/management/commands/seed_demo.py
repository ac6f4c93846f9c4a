"""Fills the demo's empty database. Running it again changes nothing that is there."""

from __future__ import annotations

import secrets

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import get_user_model

from practice.commands import PracticeCommand
from practice.models import CourierAccount, Membership, Patient, Practice
from tests.simulators.client import Simulators
from tests.simulators.scriptrun import app as scriptrun
from tests.stack import people

User = get_user_model()


def user(person: people.Person, **more):
    found, is_new = User.objects.get_or_create(
        username=person.email, defaults={"email": person.email, **more}
    )
    if is_new:
        found.set_password(people.PASSWORD)
        found.save()
        EmailAddress.objects.create(user=found, email=person.email, verified=True, primary=True)
    return found


def practices() -> dict[str, Practice]:
    return {
        slug: Practice.objects.get_or_create(
            slug=slug, defaults={"name": name, "time_zone": time_zone}
        )[0]
        for slug, name, time_zone in people.PRACTICES
    }


def members(of: dict[str, Practice]):
    for person in people.MEMBERS:
        Membership.objects.get_or_create(
            practice=of[person.practice],
            user=user(person),
            defaults={
                "role": person.role,
                "name": person.name,
                "is_clinician": person.is_clinician,
            },
        )
    operator = user(people.OPERATOR, is_staff=True, is_superuser=True)
    if not operator.authenticator_set.exists():
        TOTP.activate(operator, people.SECRET)


def patients(of: dict[str, Practice]):
    for number, (row, (street, unit)) in enumerate(
        zip(people.PATIENTS, people.STREETS, strict=True), start=1
    ):
        slug, first, last, email, birth_date, sex, phone, allergies = row
        city, state, postal_code = people.TOWNS[slug]
        Patient.objects.get_or_create(
            practice=of[slug],
            record_number=f"R-{1000 + number}",
            defaults={
                "first_name": first,
                "last_name": last,
                "email": email,
                "birth_date": birth_date,
                "sex": sex,
                "phone": phone,
                "allergies": allergies,
                "street": street,
                "unit": unit,
                "city": city,
                "state": state,
                "postal_code": postal_code,
            },
        )


def couriers(of: dict[str, Practice], simulators: Simulators):
    """Each practice's key at ScriptRun, and the address its webhooks go to."""
    for slug, key in (("harbor", scriptrun.HARBOR_KEY), ("meadow", scriptrun.MEADOW_KEY)):
        practice = of[slug]
        account, is_new = CourierAccount.objects.get_or_create(practice=practice)
        if is_new:
            account.set_key(key)
            account.roll_secret(secrets.token_urlsafe(32))
        simulators.act(
            "scriptrun/endpoint",
            key=key,
            url=f"{settings.SITE_URL}/hooks/scriptrun/{account.hook_path}",
            secret=account.secrets()[0],
            keep=True,
        )


class Command(PracticeCommand):
    help = __doc__

    def handle(self, **options):
        made = practices()
        members(made)
        patients(made)
        couriers(made, Simulators.at(settings.SIMULATOR_CONTROL_URL))
