"""What every vendor client takes, gives back and raises.

Vendors know neither models nor settings: a client is built from plain values and
answers with the dataclasses of this package. A vendor's own words (`variant_id`, `EmailTo`,
`rx_number`) stay inside that vendor's folder.
"""

from practice.vendors.contract.abilities import Ability
from practice.vendors.contract.allowed import (
    NOTHING_MORE,
    Allowed,
    OpenWord,
    Term,
    Vocabulary,
)
from practice.vendors.contract.doses import Dose, Slot
from practice.vendors.contract.errors import (
    AccessRevoked,
    BadAnswer,
    Refused,
    Unavailable,
    VendorError,
)
from practice.vendors.contract.events import Event, FailedDelivery, Verdict
from practice.vendors.contract.files import FetchedFile
from practice.vendors.contract.listings import Kind, ListingRow, Page, WholeList
from practice.vendors.contract.orders import (
    HeldLabOrder,
    HeldLabResult,
    HeldOrder,
    LabTest,
    OrderLine,
    OrderPage,
)
from practice.vendors.contract.parcels import ParcelAccepted, ParcelOrder, ParcelOutcome
from practice.vendors.contract.people import (
    Account,
    Colleague,
    PatientPage,
    PatientRow,
    PatientStanding,
    PostalAddress,
    ReferralCode,
    Tokens,
)
from practice.vendors.contract.plans import (
    HandOver,
    HeldPlan,
    HeldProtocol,
    Origin,
    OutgoingPlan,
    PlanLine,
    PlanLink,
    PlanPill,
    ProtocolPage,
    Wording,
)

__all__ = [
    "Ability",
    "AccessRevoked",
    "Account",
    "Allowed",
    "BadAnswer",
    "Colleague",
    "Dose",
    "Event",
    "FailedDelivery",
    "FetchedFile",
    "HandOver",
    "HeldLabOrder",
    "HeldLabResult",
    "HeldOrder",
    "HeldPlan",
    "HeldProtocol",
    "Origin",
    "ProtocolPage",
    "Kind",
    "LabTest",
    "ListingRow",
    "NOTHING_MORE",
    "OpenWord",
    "OrderLine",
    "OrderPage",
    "OutgoingPlan",
    "Page",
    "ParcelAccepted",
    "ParcelOrder",
    "ParcelOutcome",
    "PatientPage",
    "PatientRow",
    "PatientStanding",
    "PlanLine",
    "PlanLink",
    "PlanPill",
    "PostalAddress",
    "ReferralCode",
    "Refused",
    "Slot",
    "Term",
    "Tokens",
    "Unavailable",
    "VendorError",
    "Verdict",
    "Vocabulary",
    "WholeList",
    "Wording",
]
