"""Plans, what was sent where, and what came of it at the vendors."""

from recommendations.models.at_risk import Risk, RiskMark
from recommendations.models.labs import LabOrder, LabResult
from recommendations.models.limits import UpperLimit
from recommendations.models.orders import Order, OrderReading
from recommendations.models.outside import AddressReading, OutsidePlan, PlanReading
from recommendations.models.plans import (
    SAMPLE_REFERENCE,
    SLOTS,
    Dose,
    Pack,
    PackPill,
    Plan,
    PlanItem,
)
from recommendations.models.protocols import Protocol, ProtocolItem
from recommendations.models.sendings import Sending, new_reference

__all__ = [
    "AddressReading",
    "SAMPLE_REFERENCE",
    "SLOTS",
    "Dose",
    "LabOrder",
    "LabResult",
    "Order",
    "OrderReading",
    "OutsidePlan",
    "Pack",
    "PackPill",
    "Plan",
    "PlanItem",
    "PlanReading",
    "Protocol",
    "ProtocolItem",
    "Risk",
    "RiskMark",
    "Sending",
    "UpperLimit",
    "new_reference",
]
