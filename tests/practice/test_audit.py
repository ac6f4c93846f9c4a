"""The trail writes itself, names who acted, and can be added to only."""

import psycopg
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection

from practice import audit, tenancy
from practice.models import AuditEntry, AuditSeal, Patient, TenantModel
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db

# Tables whose changes are no event of their own, and why.
UNWRITTEN = {
    "catalog.OwnCard": "what a search reads, made anew of the listings",
    "practice.PatientEvent": "the timeline, itself a record of what was done",
    "practice.PatientImportRow": "lines of a file; the patients they become are written",
    "deliveries.DeliveryEvent": "what the courier said, kept as it came",
}


def entries(clinic, **wanted):
    with clinic.open():
        return list(AuditEntry.objects.filter(**wanted).order_by("id"))


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if issubclass(model, TenantModel)],
    ids=lambda model: model._meta.label,
)
def test_every_table_of_a_practice_writes_its_changes(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
            [model._meta.db_table, f"{model._meta.db_table}_audit"],
        )
        assert cursor.fetchone()[0] == (model._meta.label not in UNWRITTEN)


def test_a_change_says_who_what_and_of_whom(clinic):
    known = clinic.patient(first_name="Before")
    new = {"first_name": "After", "last_name": "Sample"}
    clinic.bob.post(clinic.url("patient-edit", known.pk), new)
    changed = entries(clinic, action="changed", kind="practice.patient")[0]
    assert changed.detail["first_name"] == ["Before", "After"]
    assert (changed.object_id, changed.patient_id) == (known.pk, known.pk)
    assert (changed.user_id, changed.who) == (clinic.members.bob.user_id, "Bob Brandt, MD")
    assert (changed.via, changed.address) == ("portal", "127.0.0.1")
    assert changed.request_id


def test_a_secret_is_said_to_have_changed_and_not_told(clinic):
    with clinic.open():
        held = ConnectionFactory(membership=clinic.members.bob)
        held.access_token = "v1.sealed"
        held.save()
    changed = entries(clinic, action="changed", kind="practice.connection")[0]
    assert changed.detail == {"access_token": ["…", "…"]}


def test_bookkeeping_alone_is_no_event(clinic):
    known = clinic.patient()
    with clinic.open():
        Patient.objects.get(pk=known.pk).save(update_fields=["updated_at"])
    assert entries(clinic, action="changed") == []


@pytest.mark.parametrize("model", [AuditEntry, AuditSeal])
@pytest.mark.parametrize("deed", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_can_neither_change_nor_remove_an_entry(clinic, model, deed):
    clinic.patient()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenancy.unit(tenancy.EVERYTHING),
        connection.cursor() as cursor,
    ):
        cursor.execute(deed.format(model._meta.db_table))


@pytest.mark.parametrize("deed", ["UPDATE {} SET who = 'x'", "DELETE FROM {}"])
def test_whoever_may_do_all_is_refused_too(clinic, ground, deed):
    name = connection.settings_dict["NAME"]
    with ground.postgres.superuser(name) as root, root.transaction(force_rollback=True):
        root.execute(
            "INSERT INTO practice_auditentry (action, kind, who, via, request_id, address, reason, "
            "detail) VALUES ('viewed', '', '', '', '', '', '', '{}')"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            root.execute(deed.format("practice_auditentry"))


def test_the_databases_clock_stamps_an_entry(clinic):
    with clinic.open():
        audit.note("viewed", practice_id=clinic.here.pk, kind="x")
        AuditEntry.objects.create(practice=clinic.here, at="2001-01-01T00:00Z", action="viewed")
    assert {entry.at.year > 2001 for entry in entries(clinic, action="viewed")} == {True}


def test_another_practices_entries_and_the_operators_are_not_seen(clinic):
    with clinic.open_elsewhere():
        audit.note("viewed", practice_id=clinic.elsewhere.pk, kind="theirs")
    with tenancy.unit(tenancy.EVERYTHING):
        audit.note("viewed", practice_id=None, kind="operator")
    assert entries(clinic, kind__in=["theirs", "operator"]) == []
