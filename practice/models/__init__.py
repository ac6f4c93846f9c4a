from practice.models.audit import AuditEntry, AuditSeal
from practice.models.base import (
    OperatorOrOwnModel,
    SharedOrOwnModel,
    TenantForeignKey,
    TenantModel,
    TenantQuerySet,
    Work,
    WorkQuerySet,
)
from practice.models.connection import Connection, PatientLink
from practice.models.courier import CourierAccount
from practice.models.intake import PatientImport, PatientImportFile, PatientImportRow
from practice.models.job import PeriodicJob
from practice.models.members import Cover, Invitation, Membership, Practice, SupportView
from practice.models.merging import PatientMerge, PatientsApart
from practice.models.patient import Patient, PatientEvent
from practice.models.receipt import Receipt
from practice.models.recovery import EventSweep, VendorRefusal
from practice.models.vendor_patient import PatientCreation, PatientReading, VendorPatient
from practice.models.vocabulary import VendorWord

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "Connection",
    "CourierAccount",
    "Cover",
    "EventSweep",
    "Invitation",
    "Membership",
    "OperatorOrOwnModel",
    "Patient",
    "PatientCreation",
    "PatientEvent",
    "PatientImport",
    "PatientImportFile",
    "PatientImportRow",
    "PatientLink",
    "PatientMerge",
    "PatientReading",
    "PatientsApart",
    "PeriodicJob",
    "Practice",
    "Receipt",
    "SharedOrOwnModel",
    "SupportView",
    "TenantForeignKey",
    "TenantModel",
    "TenantQuerySet",
    "VendorPatient",
    "VendorRefusal",
    "VendorWord",
    "Work",
    "WorkQuerySet",
]
