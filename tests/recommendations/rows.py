"""Made-up listings, plans and signed-in browsers for the tests of plans."""

import factory
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Listing
from practice import tenancy
from practice.roles import Role
from recommendations.models import Pack, Plan
from tests.factories import MembershipFactory, PatientFactory


class ListingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Listing

    vendor = "wholescripts"
    sku = factory.Sequence(lambda n: f"SKU{n:06d}")
    kind = "bottle"
    name = factory.Sequence(lambda n: f"Magnesium Calm {n}")
    brand = "Sunmere"
    count = "60"
    count_unit = "Capsules"
    retail_price = "24.50"
    wholesale_price = "14.70"
    stock = 40
    first_seen_at = factory.LazyFunction(timezone.now)
    seen_at = factory.LazyFunction(timezone.now)


class Desk:
    """One clinic with a clinician, a patient and a draft, and a browser for its members."""

    def __init__(self, role=Role.PRACTITIONER):
        with tenancy.unit(tenancy.EVERYTHING):
            self.clinician = MembershipFactory(role=Role.PRACTITIONER)
            self.practice = self.clinician.practice
            self.member = self.clinician
            if role != Role.PRACTITIONER:
                self.member = MembershipFactory(
                    practice=self.practice, role=role, is_clinician=False
                )
            self.patient = PatientFactory(practice=self.practice, allergies="Soy")
            self.plan = Plan.objects.create(
                practice=self.practice, patient=self.patient, clinician=self.clinician
            )
        self.browser = Client(HTTP_HOST="testserver", headers={"x-forwarded-proto": "https"})
        self.browser.force_login(self.member.user)

    def url(self, name, *args):
        return reverse(f"recommendations:{name}", args=[self.practice.slug, *args])

    def get(self, name, *args, **kwargs):
        return self.browser.get(self.url(name, *args), **kwargs)

    def post(self, name, *args, data=None, htmx=True):
        headers = {"hx-request": "true"} if htmx else {}
        return self.browser.post(self.url(name, *args), data or {}, headers=headers)

    def listing(self, **values):
        with tenancy.unit(tenancy.EVERYTHING):
            return ListingFactory(**values)

    def add(self, **values):
        """Adds a new listing to the draft as a person would; gives the item."""
        listing = self.listing(**values)
        self.post("item-add", self.plan.pk, data={"listing": listing.pk})
        return self.items()[-1]

    def items(self):
        with self.opened():
            return list(self.plan.items.select_related("listing", "plan").prefetch_related("doses"))

    def pack(self, **values):
        with self.opened():
            return Pack.objects.create(
                practice=self.practice,
                plan=self.plan,
                listing_vendor="wholescripts",
                sku="P1",
                name="Daily packets",
                **values,
            )

    def opened(self):
        return tenancy.unit(tenancy.of_practice(self.practice.pk))
