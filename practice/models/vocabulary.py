"""Words of a vendor that its reference does not document."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from practice.vendors import registry
from practice.vendors.contract import OpenWord, Term

LABELS = {vendor.key: vendor.label for vendor in registry.VENDORS.values()}


class VendorWordQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=VendorWord.State.OPEN)


class VendorWord(models.Model):
    """A word that may be written to a vendor once somebody of the operator's staff verified it
    there, and only as long as it is open. The whole installation shares it: every practice's
    plans are written with it."""

    class State(models.TextChoices):
        CLOSED = "closed", "Closed, not verified yet"
        OPEN = "open", "Open for writing"
        WITHDRAWN = "withdrawn", "Withdrawn"

    vendor = models.CharField(max_length=30)
    term = models.CharField("vocabulary", max_length=20)
    word = models.CharField(max_length=60, help_text="Exactly as the vendor spells it.")
    meaning = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CLOSED)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    evidence = models.CharField("how", max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VendorWordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "term", "word"],
                condition=Q(state="open"),
                name="one_meaning_of_an_open_word",
            ),
            models.UniqueConstraint(
                fields=["vendor", "term", "meaning"],
                condition=Q(state="open"),
                name="one_open_word_of_a_meaning",
            ),
            models.CheckConstraint(
                condition=~Q(state="open")
                | Q(verified_by__isnull=False, verified_at__isnull=False) & ~Q(evidence=""),
                name="an_open_word_is_verified",
            ),
        ]

    def __str__(self):
        return f"{self.label}: “{self.word}” for {self.said}"

    @property
    def label(self) -> str:
        """`WholeScripts, time of a packet`."""
        vendor = registry.VENDORS.get(self.vendor)
        vocabulary = vendor.vocabulary(self.term) if vendor else None
        vendor_label = LABELS.get(self.vendor, self.vendor)
        return f"{vendor_label}, {vocabulary.label if vocabulary else self.term}"

    @property
    def said(self) -> str:
        """The meaning as a person says it."""
        words = self.meaning.replace("_", "-")
        if self.term == Term.DURATION and words.isdecimal():
            return f"{words} day{'' if words == '1' else 's'}"
        return f"{words} times a day" if self.term == Term.FREQUENCY else words

    def as_value(self) -> OpenWord:
        return OpenWord(self.term, self.word, self.meaning)

    def open(self, by, how: str, now: dt.datetime) -> None:
        self.state = self.State.OPEN
        self.verified_by, self.verified_at, self.evidence = by, now, how
        self.withdrawn_at = None
        self.save(update_fields=["state", "verified_by", "verified_at", "evidence", "withdrawn_at"])

    def withdraw(self, now: dt.datetime) -> None:
        self.state, self.withdrawn_at = self.State.WITHDRAWN, now
        self.save(update_fields=["state", "withdrawn_at"])
