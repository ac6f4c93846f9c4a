"""Practices and the people who work in them."""

from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from practice.models.base import TenantModel, TenantQuerySet
from practice.roles import Role, may

# First words of addresses that are not a practice's.
RESERVED_SLUGS = {"account", "admin", "connect", "health", "hooks", "static", "start", "media"}


def validate_slug(slug):
    if slug in RESERVED_SLUGS:
        raise ValidationError("This address is taken. Choose another.")


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError("Choose a time zone from the list, for example America/New_York.")


class Practice(models.Model):
    """A tenant: one organisation of clinicians."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True, validators=[validate_slug])
    time_zone = models.CharField(
        max_length=60, default="America/New_York", validators=[validate_time_zone]
    )
    prices_on_documents = models.BooleanField(
        default=False, help_text="Show retail prices on what patients are given."
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class MembershipQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(is_active=True, practice__suspended_at__isnull=True)

    def of_user(self, user_id):
        """One person's active places, with their practices, by name."""
        own = self.active().filter(user_id=user_id)
        return own.select_related("practice").order_by("practice__name", "id")

    def clinicians(self):
        return self.active().filter(is_clinician=True).order_by("name")


class Membership(TenantModel):
    """One person's place in one practice."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    name = models.CharField(max_length=120, help_text="As patients read it, with title.")
    is_clinician = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "user"], name="one_membership_a_practice")
        ]

    def __str__(self):
        return self.name

    def may(self, action: str) -> bool:
        """Whether this person may do `action`, a key of the roles table."""
        return may(self, action)
