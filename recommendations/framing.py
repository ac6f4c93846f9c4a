"""A vendor's own frame on a page of ours: whom it opens for, and what it tells the page.

A frame stands on the page of a plan's part (`Sending`), or on a page of a patient alone, to
order labs. What the frame says is a hint: only ids are taken from it, and what they name is
read as the clinician before anything is believed. Functions that call the vendor may not run
inside a unit.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

from practice import connect, link, tenancy
from practice.candidates import Candidate
from practice.models import Connection, Membership, Patient, PatientLink
from practice.vendors import registry
from practice.vendors.contract import Ability, HandOver, VendorError
from recommendations import hand_over, history, labs
from recommendations.models import Sending

log = logging.getLogger("regimen.frames")

# A frame that was allowed a moment ago is not asked about again.
TRUSTED_SECONDS = 600


@dataclass(frozen=True)
class Opening:
    """One frame on one page, as `by` opens it over their own `connection`."""

    connection: Connection
    patient: Patient
    by: Membership
    sending: Sending | None = None

    @property
    def vendor(self) -> registry.Vendor:
        return registry.VENDORS[self.connection.vendor]

    @property
    def label(self) -> str:
        return self.vendor.label

    @property
    def aim(self) -> str:
        """What the frame opens with: the products of a plan, or labs."""
        return "plan" if self.sending else "labs"


def labs_vendors() -> list[registry.Vendor]:
    """Vendors whose frame orders laboratory tests where we work."""
    return [
        vendor
        for vendor in connect.offering(Ability.PLAN_BY_HAND_OVER)
        if connect.offers(vendor.key, Ability.LABS)
        and settings.VENDOR_FRAMES[vendor.key]["has_labs"]
    ]


def link_of(opening: Opening) -> PatientLink | None:
    """Who our patient is where this connection leads. In a unit."""
    found = PatientLink.objects.for_practice(opening.patient.practice_id).standing()
    return found.filter(
        patient=opening.patient,
        vendor=opening.connection.vendor,
        account_id=opening.connection.account_id,
    ).first()


def patient_for(opening: Opening) -> dict[str, str]:
    """What the frame is told of the patient: the linked one's id there, else what helps to
    find or add the person. In a unit."""
    held = link_of(opening)
    row = link.as_row(opening.patient, held.vendor_patient_id if held else "")
    return opening.vendor.framed_patient(row)


def grant(opening: Opening) -> HandOver:
    """Opens the frame once. Raises the contract's errors."""
    return connect.call(opening.connection, lambda client: client.hand_over())


@dataclass(frozen=True)
class Chosen:
    """The vendor's patient who is open in the frame, beside ours. `candidate` is None where
    the vendor does not know the id, `linked` where ours is linked to nobody there."""

    candidate: Candidate | None
    linked: PatientLink | None

    @property
    def is_ours(self) -> bool:
        return bool(self.linked) and self._id == self.linked.vendor_patient_id

    @property
    def is_another(self) -> bool:
        return bool(self.linked) and self._id != self.linked.vendor_patient_id

    @property
    def name(self) -> str:
        return self.candidate.row.name if self.candidate else ""

    @property
    def _id(self) -> str:
        return self.candidate.row.id if self.candidate else ""


def chosen(opening: Opening, vendor_patient_id: str) -> Chosen:
    """Whom the clinician chose in the frame. Raises the contract's errors."""
    with tenancy.unit():
        held = link_of(opening)
    found = link.compare(opening.connection, opening.patient, vendor_patient_id)
    return Chosen(found, held)


def activated(opening: Opening, vendor_plan_id: str, now: dt.datetime) -> None:
    """The frame says that this plan is active: it is read back. Raises `hand_over.NotBelieved`
    and the contract's errors."""
    if opening.sending is not None:
        hand_over.activated(opening.sending, vendor_plan_id, now)
        return
    held = connect.call(opening.connection, lambda client: client.plan(vendor_plan_id))
    if held is None:
        raise hand_over.NotBelieved(f"{opening.label} does not know this plan.")
    hand_over.is_by(opening.connection, held)
    hand_over.is_for(opening.connection, opening.patient, opening.by, held, now)
    history.keep_one(opening.connection, held, now)
    with tenancy.unit():
        found = link_of(opening)
    try:
        labs.read_of_patient([opening.connection], found, now)
    except VendorError as error:  # they are listed again every night
        log.warning("labs_not_read", extra={"vendor": error.vendor, "status": error.status})


def is_refused(vendor: registry.Vendor, site: str) -> bool:
    """Whether the vendor lets no page of `site` show its frame: its settings do not name our
    address, or the public key is another environment's. False when it cannot be told."""
    key = settings.VENDOR_FRAMES[vendor.key]["public_key"]
    name = f"framed:{vendor.key}:{site}:{key}"
    if vendor.refuses_frame is None or cache.get(name):
        return False
    refuses = vendor.refuses_frame(connect.operator_client(vendor.key), key, site)
    if refuses is False:
        cache.set(name, True, timeout=TRUSTED_SECONDS)
    return bool(refuses)
