"""A practice's account at the courier."""

import secrets

from django.db import models

from practice import sealing
from practice.models.base import TenantModel, TenantQuerySet


def new_hook_path() -> str:
    return secrets.token_urlsafe(32)


class CourierAccount(TenantModel):
    """The practice's ScriptRun key and hook secrets. Two slots each, so that a new one can
    be rolled in before the old one is retired."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    vendor = models.CharField(max_length=30, default="scriptrun")
    state = models.CharField(max_length=20, choices=State.choices, default=State.ACTIVE)
    hook_path = models.CharField(max_length=64, unique=True, default=new_hook_path)
    api_key = sealing.SealedTextField(blank=True)
    hook_secret = sealing.SealedTextField(blank=True)
    former_hook_secret = sealing.SealedTextField(blank=True)
    sends_events = models.BooleanField(
        default=True,
        help_text="Webhooks need a Pro plan; without them nothing is known after booking.",
    )
    last_event_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "vendor"], name="one_courier_a_practice")
        ]

    def __str__(self):
        return f"{self.vendor} of {self.practice_id}"

    def set_key(self, key: str):
        sealing.seal(self, "api_key", key)
        self.state = self.State.ACTIVE
        self.save(update_fields=["api_key", "state"])

    def roll_secret(self, secret: str):
        """The secret in use becomes the former one; both are accepted until the next roll."""
        former = sealing.unseal(self, "hook_secret")
        sealing.seal(self, "former_hook_secret", former)
        sealing.seal(self, "hook_secret", secret)
        self.save(update_fields=["hook_secret", "former_hook_secret"])

    def key(self) -> str:
        return sealing.unseal(self, "api_key")

    def secrets(self) -> list[str]:
        held = (sealing.unseal(self, name) for name in ("hook_secret", "former_hook_secret"))
        return [secret for secret in held if secret]

    def pause(self, why: str):
        self.state = self.State.PAUSED
        self.last_error = why[:200]
        self.save(update_fields=["state", "last_error"])

    def resume(self):
        self.state = self.State.ACTIVE
        self.last_error = ""
        self.save(update_fields=["state", "last_error"])

    def note_success(self, now):
        self.last_success_at = now
        self.last_error = ""
        self.save(update_fields=["last_success_at", "last_error"])
