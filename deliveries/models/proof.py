"""Photographs and signatures taken at the door."""

import base64

from django.db import models
from django.db.models import Q

from deliveries.models.delivery import Delivery
from practice import sealing
from practice.models import TenantForeignKey, TenantModel, TenantQuerySet, Work, WorkQuerySet

MAX_ATTEMPTS = 8


class ProofQuerySet(WorkQuerySet, TenantQuerySet):
    def to_fetch(self, now):
        """Not fetched, not given up, due, and held by no living worker."""
        return (
            self.filter(fetched_at__isnull=True, given_up=False)
            .due(now)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
        )


class Proof(TenantModel, Work):
    """A photograph or signature taken at the door, fetched once and kept sealed."""

    class Kind(models.TextChoices):
        PHOTO = "photo", "Photograph"
        SIGNATURE = "signature", "Signature"

    delivery = TenantForeignKey(Delivery, on_delete=models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    url = models.URLField(max_length=500)
    content_type = models.CharField(max_length=40, blank=True)
    sealed = sealing.SealedTextField(blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    given_up = models.BooleanField(default=False)

    objects = ProofQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "delivery", "kind"], name="one_proof_a_kind"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=Q(fetched_at__isnull=True, given_up=False),
                name="proof_to_fetch",
            )
        ]

    def __str__(self):
        return f"{self.kind} of {self.delivery_id}"

    def keep(self, content: bytes, content_type: str, now):
        sealing.seal(self, "sealed", base64.b64encode(content).decode())
        self.content_type = content_type
        self.fetched_at = now
        self.lease_until = None
        self.last_error = ""
        self.save(
            update_fields=["sealed", "content_type", "fetched_at", "lease_until", "last_error"]
        )

    def content(self) -> bytes:
        """The image in clear. Raises sealing.CannotOpen."""
        return base64.b64decode(sealing.unseal(self, "sealed"))

    def try_later(self, why: str, until):
        """Gives up after MAX_ATTEMPTS."""
        self.not_before_at = until
        self._stop(why, given_up=self.attempts >= MAX_ATTEMPTS)

    def give_up(self, why: str):
        self._stop(why, given_up=True)

    def _stop(self, why, given_up):
        self.last_error = why
        self.given_up = given_up
        self.lease_until = None
        self.save(update_fields=["last_error", "given_up", "lease_until", "not_before_at"])
