"""Row-level security itself: as the application's role, on every tenant table, in plain SQL."""

import re

import pytest
from django.db import connection, transaction

from catalog.models import Listing
from practice import tenancy
from practice.models import AuditEntry, AuditSeal, Membership, OperatorOrOwnModel, SharedOrOwnModel
from tests.isolation.rows import tenant_models
from tests.isolation.sql import ALL_MODELS, NOWHERE, nobodys, ours, refused, run

OF_PATIENTS = {
    *("practice.Patient", "practice.PatientEvent", "practice.PatientLink", "practice.PatientMerge"),
    *("practice.PatientsApart", "practice.PatientImport", "practice.PatientImportRow"),
    "practice.PatientImportFile",
    *("recommendations.Plan", "recommendations.PlanItem", "recommendations.Dose"),
    *("recommendations.Pack", "recommendations.PackPill", "recommendations.Sending"),
    *("recommendations.OutsidePlan", "recommendations.PlanReading", "recommendations.Order"),
    "recommendations.AddressReading",
    *("recommendations.OrderReading",),
    *("recommendations.LabOrder", "recommendations.LabResult"),
    *("deliveries.Delivery", "deliveries.DeliveryEvent", "deliveries.Proof"),
    *("practice.VendorPatient", "practice.PatientReading", "practice.PatientCreation"),
}
APPEND_ONLY = {AuditEntry, AuditSeal}

COPY = (
    "INSERT INTO {table} SELECT (jsonb_populate_record(row, to_jsonb(row) || "
    "jsonb_build_object('id', {id}, 'practice_id', {practice}))).* FROM {table} row WHERE id = {of}"
)


def of_policy(model) -> str:
    """What the table's own policy says; those of the audit trail stand behind it."""
    return f'row-level security policy for table "{model._meta.db_table}"'


def touched(model, statement, *values) -> int:
    """Rows that a change touched: none, too, where the right to change was taken away."""
    if model in APPEND_ONLY:
        assert "permission denied" in refused(statement, *values)
        return 0
    return run(statement, *values)


@ALL_MODELS
def test_both_have_a_row_of_every_table(two, model):
    with transaction.atomic(), tenancy.unit(tenancy.EVERYTHING):
        table = model._meta.db_table
        for one in (two.ours, two.theirs):
            assert run(f"SELECT count(*) FROM {table} WHERE id = %s", one.rows[model].pk) == 1


@ALL_MODELS
def test_ones_own_row_is_read(two, model):
    with ours(two):
        table = model._meta.db_table
        assert run(f"SELECT count(*) FROM {table} WHERE id = %s", two.ours.rows[model].pk) == 1


@ALL_MODELS
def test_anothers_rows_are_not_read(two, model):
    with ours(two):
        table = model._meta.db_table
        foreign = two.theirs.practice.pk
        assert run(f"SELECT count(*) FROM {table} WHERE practice_id = %s", foreign) == 0
        assert run(f"SELECT count(*) FROM {table} WHERE id = %s", two.theirs.rows[model].pk) == 0


@ALL_MODELS
def test_a_row_is_not_added_for_another(two, model):
    with ours(two):
        statement = COPY.format(
            table=model._meta.db_table,
            id=NOWHERE,
            practice=two.theirs.practice.pk,
            of=two.ours.rows[model].pk,
        )
        assert of_policy(model) in refused(statement)


@ALL_MODELS
def test_anothers_row_is_not_changed(two, model):
    """Asked without a condition: with one, the policy for reading would stand in front."""
    with ours(two):
        table, own = model._meta.db_table, two.ours.practice.pk
        mine = run(f"SELECT count(*) FROM {table} WHERE practice_id IS NOT NULL")
        changed = touched(model, f"UPDATE {table} SET practice_id = %s", own)
        assert changed == (0 if model in APPEND_ONLY else mine)


@ALL_MODELS
def test_anothers_row_is_not_removed(two, model):
    with ours(two):
        table = model._meta.db_table
        mine = run(f"SELECT count(*) FROM {table} WHERE practice_id IS NOT NULL")
        removed = touched(model, f"DELETE FROM {table}")
        assert removed == (0 if model in APPEND_ONLY else mine)


@ALL_MODELS
def test_a_row_is_not_given_away(two, model):
    with ours(two):
        statement = f"UPDATE {model._meta.db_table} SET practice_id = %s WHERE id = %s"
        said = refused(statement, two.theirs.practice.pk, two.ours.rows[model].pk)
        assert of_policy(model) in said or "permission denied" in said


@ALL_MODELS
def test_a_row_is_not_made_everybodys(two, model):
    with ours(two):
        statement = f"UPDATE {model._meta.db_table} SET practice_id = NULL WHERE id = %s"
        said = refused(statement, two.ours.rows[model].pk)
        assert re.search("row-level security|permission denied|not-null", said)


@ALL_MODELS
def test_without_a_practice_there_are_no_rows(two, model):
    with nobodys():
        table = model._meta.db_table
        assert run(f"SELECT count(*) FROM {table} WHERE practice_id IS NOT NULL") == 0
        assert touched(model, f"UPDATE {table} SET practice_id = %s", two.ours.practice.pk) == 0
        assert touched(model, f"DELETE FROM {table}") == 0


@ALL_MODELS
def test_without_a_practice_no_row_is_added(two, model):
    with transaction.atomic(), tenancy.unit(tenancy.EVERYTHING), connection.cursor() as cursor:
        table = model._meta.db_table
        cursor.execute(
            f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = %s", [two.ours.rows[model].pk]
        )
        content = cursor.fetchone()[0]
    with nobodys():
        said = refused(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, "
            f"%s::jsonb || jsonb_build_object('id', {NOWHERE}))).*",
            content,
        )
        assert of_policy(model) in said


@pytest.mark.parametrize(
    "model", [model for model in tenant_models() if issubclass(model, OperatorOrOwnModel)]
)
def test_the_operators_rows_are_no_practices(two, model):
    with transaction.atomic():
        with tenancy.unit(tenancy.EVERYTHING):
            row = two.ours.rows[model]
            statement = COPY.format(
                table=model._meta.db_table, id=NOWHERE, practice="NULL::bigint", of=row.pk
            )
            if model._meta.label == "practice.Receipt":  # unique by endpoint and event
                model.objects.create(
                    endpoint="nobody's", event_id="1", received_at=row.received_at, body=b"x"
                )
            elif model is AuditSeal:
                model.objects.create(day="2001-01-01", rows=0, last_id=0, head="h")
            else:
                run(statement)
        with ours(two):
            table = model._meta.db_table
            assert run(f"SELECT count(*) FROM {table} WHERE practice_id IS NULL") == 0
        transaction.set_rollback(True)


def test_a_user_sees_their_own_places_and_nothing_else(two):
    member = two.theirs.rows[Membership]
    with transaction.atomic(), tenancy.unit(tenancy.Scope(user_id=member.user_id)):
        for model in tenant_models():
            own = 1 if model is Membership else 0
            table = model._meta.db_table
            found = run(f"SELECT count(*) FROM {table} WHERE practice_id IS NOT NULL")
            assert found == own, table
        assert run("UPDATE practice_membership SET role = 'owner'") == 0


@ALL_MODELS
def test_who_sees_their_own_patients_only_reaches_no_other_row(two, model):
    """Tables that hang on a patient are narrowed; the rest are the whole practice's."""
    table, pk = model._meta.db_table, two.ours.rows[model].pk
    scope = tenancy.of_practice(two.ours.practice.pk, only_of=(NOWHERE,))
    expected = 0 if model._meta.label in OF_PATIENTS else 1
    with nobodys(), tenancy.unit(scope):
        assert run(f"SELECT count(*) FROM {table} WHERE id = %s", pk) == expected
        if model not in APPEND_ONLY:
            assert run(f"UPDATE {table} SET id = id WHERE id = %s", pk) == expected


def test_shared_rows_are_read_by_all_and_written_by_none(two):
    for model in tenant_models():
        if not issubclass(model, SharedOrOwnModel):
            continue
        table = model._meta.db_table
        with transaction.atomic():
            with tenancy.unit(tenancy.EVERYTHING):
                values = _shared_values(model, two.ours.rows[model])
                row = model._base_manager.create(**values, **_pointed_at(model, two))
            with ours(two):
                assert run(f"SELECT count(*) FROM {table} WHERE id = %s", row.pk) == 1
                assert run(f"UPDATE {table} SET id = id WHERE id = %s", row.pk) == 0
                assert run(f"DELETE FROM {table} WHERE id = %s", row.pk) == 0
            transaction.set_rollback(True)


def _shared_values(model, like):
    """A row as `like`, of all practices and pointing at nothing."""
    return {
        field.name: getattr(like, field.name)
        for field in model._meta.local_concrete_fields
        if not (field.primary_key or field.is_relation)
    }


def _pointed_at(model, two):
    """A shared row for each key to shared or own rows that may not stay empty."""
    return {
        field.name: _shared_row(field.related_model, field.name, two)
        for field in model._meta.local_concrete_fields
        if field.is_relation
        and not field.null
        and issubclass(field.related_model, SharedOrOwnModel)
    }


def _shared_row(model, name, two):
    values = _shared_values(model, two.ours.rows[model])
    if model is Listing:
        values["sku"] = f"shared {name}"
    return model.objects.create(**values)
