"""Accounts, tokens, and patients as a vendor holds them."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Tokens:
    """An OAuth token pair. `expires_at` is aware UTC; `refresh_token` may be ''."""

    access_token: str
    refresh_token: str
    expires_at: dt.datetime
    scopes: frozenset[str] = frozenset()
    owner_id: str = ""
    owner_type: str = ""


@dataclass(frozen=True)
class Account:
    """Whose account a connection opened. `id` is the clinic's or practitioner's id there."""

    id: str
    name: str
    practitioner_id: str = ""
    email: str = ""


@dataclass(frozen=True)
class PatientRow:
    """A patient as the vendor holds them. `is_dependent` is None where nothing was said;
    `guardian_id` is the vendor's patient who answers for a dependent. `sex` is one of our
    words (`female`, `male`, `x`), '' where the vendor's is none of them; `phone` is the
    mobile number as the vendor writes it."""

    id: str
    first_name: str
    last_name: str
    email: str = ""
    birth_date: dt.date | None = None
    our_id: str = ""  # the id we left there (metadata), '' where none
    is_dependent: bool | None = None
    guardian_id: str = ""
    is_archived: bool = False
    sex: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class PostalAddress:
    """An address of a patient there. Any part may be ''."""

    id: str = ""
    name: str = ""
    street: str = ""
    unit: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def line(self) -> str:
        """On one line; '' where nothing of it is known."""
        place = " ".join(filter(None, (self.state, self.postal_code)))
        return ", ".join(filter(None, (self.street, self.unit, self.city, place, self.country)))


@dataclass(frozen=True)
class PatientPage:
    """One page of an account's patients. `next` and `total` as on `Page`."""

    rows: tuple[PatientRow, ...]
    next: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Colleague:
    """A practitioner of an account's clinic, whom one may act for there."""

    id: str
    name: str


class PatientStanding(enum.StrEnum):
    """What a vendor says of a patient before anything is sent."""

    KNOWN = "known"
    NEW = "new"
    ELSEWHERE = "elsewhere"  # registered under another practitioner: nothing may be sent


@dataclass(frozen=True)
class ReferralCode:
    code: str
    name: str
    discount_percent: Decimal
    access_level: str = ""
