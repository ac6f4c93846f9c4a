"""One practitioner at one vendor, and who our patients are there."""

from django.db import models

from practice import sealing
from practice.models.base import (
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.models.members import Membership
from practice.models.patient import Patient
from practice.vendors import registry
from practice.vendors.contract import Account, Tokens


class ConnectionQuerySet(TenantQuerySet):
    def active(self):
        return self.filter(state=Connection.State.ACTIVE)

    def of(self, membership):
        return self.filter(membership=membership)


class Connection(TenantModel):
    """One practitioner's own account at one vendor. Its tokens serve nobody else."""

    class State(models.TextChoices):
        PENDING = "pending", "Not connected"
        ACTIVE = "active", "Connected"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
        DISCONNECTED = "disconnected", "Disconnected"

    class Errand(models.TextChoices):
        """What the operator's staff asked for that needs a call (`practice/errands.py`)."""

        TEST = "test", "Test"
        REFRESH = "refresh", "Refresh"
        REVOKE = "revoke", "Revoke"
        REMIND = "remind", "Reconnect mail"

    PAIR = ("access_token", "refresh_token", "expires_at", "token_at", "scopes")

    membership = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="connections")
    vendor = models.CharField(max_length=30)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    environment = models.CharField(max_length=253, blank=True)
    account_id = models.CharField(max_length=120, blank=True)
    account_name = models.CharField(max_length=200, blank=True)
    practitioner_id = models.CharField(max_length=120, blank=True)
    plans_for_id = models.CharField(
        max_length=120,
        blank=True,
        help_text="The vendor's practitioner whom a staff member's account makes plans for.",
    )
    plans_for_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    email_confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person said that the vendor's e-mail is theirs."
    )
    pack_sku = models.CharField(
        "pack product",
        max_length=120,
        blank=True,
        help_text="The article number that packs are ordered as; blank: the environment's own.",
    )
    cartons_as_packs = models.BooleanField(
        "cartons may be used as packs",
        default=False,
        help_text="Whether packs may be ordered as the clinician's own cartons, too.",
    )
    scopes = models.TextField(blank=True)
    access_token = sealing.SealedTextField(blank=True)
    refresh_token = sealing.SealedTextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    token_at = models.DateTimeField(null=True, blank=True, help_text="When we got these tokens.")
    connected_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    error_request_id = models.CharField(
        max_length=128, blank=True, help_text="The vendor's, of the last error: its support asks."
    )
    errand = models.CharField(max_length=10, choices=Errand.choices, blank=True)
    errand_until = models.DateTimeField(null=True, blank=True)
    errand_done_at = models.DateTimeField(null=True, blank=True)
    errand_outcome = models.CharField(max_length=200, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "membership", "vendor"], name="one_connection_a_vendor"
            )
        ]
        indexes = [
            models.Index(fields=["practice", "vendor", "account_id"], name="by_account"),
            models.Index(
                fields=["errand_until"], condition=~models.Q(errand=""), name="errand_to_do"
            ),
        ]

    def __str__(self):
        return f"{self.vendor} of {self.membership_id}"

    @property
    def label(self) -> str:
        return registry.VENDORS[self.vendor].label

    @property
    def plans_as(self) -> str:
        """The vendor's practitioner whose plans are made over this account; '' while a staff
        member has chosen nobody yet."""
        return self.practitioner_id or self.plans_for_id

    def make_plans_for(self, practitioner_id: str, name: str):
        self.plans_for_id, self.plans_for_name = practitioner_id[:120], name[:200]
        self.save(update_fields=["plans_for_id", "plans_for_name"])

    @property
    def missing_scopes(self) -> frozenset[str]:
        """What our calls need and this token lacks; only connecting anew adds to it. None where
        the vendor did not say what the token carries."""
        held = {scope.lower() for scope in self.scopes.split()}
        return registry.VENDORS[self.vendor].scopes - held if held else frozenset()

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def error_in_words(self) -> str:
        """The last error as a title; what is no name of an error is a sentence already."""
        known = {
            "Unavailable": f"{self.label} did not answer",
            "Refused": f"{self.label} refused a request",
            "BadAnswer": f"{self.label} answered something that cannot be read",
            "AccessRevoked": f"{self.label} did not allow a request",
        }
        return known.get(self.last_error, self.last_error.rstrip("."))

    def activate(self, tokens: Tokens, account: Account, environment: str, now):
        self.state = self.State.ACTIVE
        self.environment = environment
        if account.practitioner_id or self.account_id != account.id:
            self.plans_for_id = self.plans_for_name = ""
        self.account_id = account.id
        self.account_name = account.name
        self.practitioner_id = account.practitioner_id
        if self.email != account.email:
            self.email_confirmed_at = None
        self.email = account.email
        self.connected_at = self.last_success_at = now
        self.last_error = self.error_request_id = ""
        if self.errand == self.Errand.REMIND:
            self.errand = ""
        self._hold(tokens, now)
        self.save()

    @property
    def needs_email_confirmation(self) -> bool:
        """The vendor's e-mail came through the browser and differs from the sign-in's."""
        known = self.membership.user.email.casefold()
        return bool(self.email) and self.email.casefold() != known and not self.email_confirmed_at

    def confirm_email(self, now):
        self.email_confirmed_at = now
        self.save(update_fields=["email_confirmed_at"])

    def hold(self, tokens: Tokens, now):
        """Keeps a refreshed pair, unless the person disconnected or connected anew while it
        was asked for. Must be committed before the pair's first use."""
        if not self._is_as_known():
            self.refresh_from_db(fields=["state", *self.PAIR])
            return
        self._hold(tokens, now)
        self.save(update_fields=self.PAIR)

    def tokens(self) -> Tokens:
        """The pair in clear. Raises sealing.CannotOpen when it was moved here from another row."""
        return Tokens(
            access_token=sealing.unseal(self, "access_token"),
            refresh_token=sealing.unseal(self, "refresh_token"),
            expires_at=self.expires_at,
            scopes=frozenset(self.scopes.split()),
        )

    def note_success(self, now):
        self.last_success_at = now
        self.last_error = self.error_request_id = ""
        self.save(update_fields=["last_success_at", "last_error", "error_request_id"])

    def note_error(self, text: str, request_id: str = ""):
        self.last_error = text[:200]
        self.error_request_id = request_id[:128]
        self.save(update_fields=["last_error", "error_request_id"])

    def require_reconnect(self, why: str, request_id: str = "") -> bool:
        """Once, and the person is written to (the errand). False when they disconnected or
        connected anew while we were calling: the row is read again, nothing is changed."""
        if not self._is_as_known():
            self.refresh_from_db(fields=["state", "last_error", *self.PAIR])
            return False
        self.state = self.State.NEEDS_RECONNECT
        self.last_error = why[:200]
        self.error_request_id = request_id[:128]
        self.refresh_from_db(fields=["errand"])
        if not self.errand:
            self.errand, self.errand_outcome = self.Errand.REMIND, ""
        words = ["last_error", "error_request_id", "errand", "errand_outcome"]
        self.save(update_fields=["state", *words])
        return True

    def _is_as_known(self) -> bool:
        """Whether the row, locked from here on, is active with the tokens we know. They are
        compared in clear: a key's rotation seals the same ones anew."""
        known = sealing.unseal(self, "access_token")
        row = Connection.objects.select_for_update().filter(pk=self.pk).first()
        return bool(row) and row.is_active and sealing.unseal(row, "access_token") == known

    def disconnect(self, note: str = ""):
        self.state = self.State.DISCONNECTED
        self.access_token = self.refresh_token = ""
        self.expires_at = self.token_at = None
        self.last_error, self.error_request_id = note[:200], ""
        if self.errand == self.Errand.REMIND:  # nobody is asked to connect what they ended
            self.errand = ""
        gone = ["access_token", "refresh_token", "expires_at", "token_at"]
        self.save(update_fields=["state", *gone, "last_error", "error_request_id", "errand"])

    def _hold(self, tokens: Tokens, now):
        sealing.seal(self, "access_token", tokens.access_token)
        sealing.seal(self, "refresh_token", tokens.refresh_token)
        self.expires_at = tokens.expires_at
        self.token_at = now
        if tokens.scopes:
            self.scopes = " ".join(sorted(tokens.scopes))


class PatientLinkQuerySet(WorkQuerySet, TenantQuerySet):
    def standing(self):
        return self.filter(unlinked_at__isnull=True)

    def to_mark(self, now):
        """Where our id is still to be left, and nobody is about it."""
        free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=now)
        return self.standing().filter(free, mark=PatientLink.Mark.DUE).due(now)


class PatientLink(TenantModel, Work):
    """Our patient is that vendor's patient. Reversible: unlinking keeps the row.

    As a piece of work it is the leaving of our id there (`mark`), which may fail and changes
    nothing about the link.
    """

    class Evidence(models.TextChoices):
        CREATED = "created", "We created the patient there"
        OUR_ID = "our_id", "The vendor holds our id"
        CONFIRMED = "confirmed", "Confirmed by a person"
        PLAN = "plan", "The clinician chose this patient in the vendor's frame"
        TAKEN_IN = "taken_in", "Taken in from the vendor's list"

    class Mark(models.TextChoices):
        NONE = "", "Not asked for"
        DUE = "due", "To be left there"
        LEFT = "left", "Left there"
        NOT_LEFT = "not_left", "The vendor did not take it"

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="links")
    vendor = models.CharField(max_length=30)
    account_id = models.CharField(max_length=120, help_text="The vendor's clinic.")
    vendor_patient_id = models.CharField(max_length=120)
    evidence = models.CharField(max_length=20, choices=Evidence.choices)
    linked_by = models.CharField(max_length=120, blank=True)
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True, blank=True)
    connection = TenantForeignKey(
        Connection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The account it was made with.",
    )
    mark = models.CharField(
        "our number there", max_length=10, choices=Mark.choices, blank=True, default=Mark.NONE
    )

    objects = PatientLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "vendor", "account_id", "vendor_patient_id"],
                condition=models.Q(unlinked_at__isnull=True),
                name="one_patient_a_vendor_patient",
            ),
            models.UniqueConstraint(
                fields=["practice", "patient", "vendor", "account_id"],
                condition=models.Q(unlinked_at__isnull=True),
                name="one_vendor_patient_a_patient",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before_at"],
                condition=models.Q(mark="due", unlinked_at__isnull=True),
                name="link_to_mark",
            ),
        ]

    def __str__(self):
        return f"{self.vendor} {self.vendor_patient_id}"

    def unlink(self, now):
        self.unlinked_at = now
        self.save(update_fields=["unlinked_at"])
