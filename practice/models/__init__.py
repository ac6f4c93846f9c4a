from practice.models.base import (
    SharedOrOwnModel,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.models.connection import Connection, PatientLink
from practice.models.courier import CourierAccount
from practice.models.members import Membership, Practice
from practice.models.patient import Patient, PatientEvent
from practice.models.receipt import Receipt

__all__ = [
    "Connection",
    "CourierAccount",
    "Membership",
    "Patient",
    "PatientEvent",
    "PatientLink",
    "Practice",
    "Receipt",
    "SharedOrOwnModel",
    "TenantForeignKey",
    "TenantModel",
    "TenantQuerySet",
    "Work",
    "WorkQuerySet",
]
