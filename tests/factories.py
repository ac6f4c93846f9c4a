"""Made-up rows. `alice` owns a practice, `bob` practises there, `charlie` works elsewhere
and must see nothing."""

import datetime as dt

import factory
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model

from practice import tenancy
from practice.models import Connection, Membership, Patient, Practice
from practice.roles import Role


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@people.example")
    password = factory.django.Password("correct horse battery")


def with_authenticator(user):
    """`user` with an authenticator app, as the staff desk asks of its staff."""
    TOTP.activate(user, generate_totp_secret())
    return user


def staff_user(**fields):
    """One of the operator's staff who may do all and signs in with a second step."""
    return with_authenticator(UserFactory(**{"is_staff": True, "is_superuser": True} | fields))


class PracticeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Practice

    name = factory.Sequence(lambda n: f"Practice {n}")
    slug = factory.Sequence(lambda n: f"practice-{n}")

    @classmethod
    def _create(cls, *args, **kwargs):
        """Opens the practice by itself: its own row is written to the audit trail."""
        with tenancy.unit(tenancy.EVERYTHING):
            return super()._create(*args, **kwargs)


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    practice = factory.SubFactory(PracticeFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.PRACTITIONER
    name = factory.Sequence(lambda n: f"Dr. Example {n}")
    is_clinician = True


class PatientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Patient

    practice = factory.SubFactory(PracticeFactory)
    first_name = factory.Sequence(lambda n: f"Pat{n}")
    last_name = "Sample"
    birth_date = dt.date(1980, 2, 3)
    email = factory.LazyAttribute(lambda patient: f"{patient.first_name.lower()}@patients.example")
    phone = "+18135550142"
    street = "100 Sample Ave"
    city = "Tampa"
    state = "FL"
    postal_code = "33602"


class ConnectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connection

    membership = factory.SubFactory(MembershipFactory)
    practice = factory.SelfAttribute("membership.practice")
    vendor = "wholescripts"
