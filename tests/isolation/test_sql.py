"""Row-level security itself: as the application's role, on every tenant table, in plain SQL."""

import contextlib
import re
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.models import Listing
from practice import tenancy
from practice.models import AuditEntry, AuditSeal, Membership, OperatorOrOwnModel, SharedOrOwnModel
from tests.factories import PracticeFactory
from tests.isolation.rows import TENANT, Maker, tenant_models

OF_PATIENTS = {
    *("practice.Patient", "practice.PatientEvent", "practice.PatientLink", "practice.PatientMerge"),
    *("practice.PatientsApart", "practice.PatientImport", "practice.PatientImportRow"),
    "practice.PatientImportFile",
    *("recommendations.Plan", "recommendations.PlanItem", "recommendations.Dose"),
    *("recommendations.Pack", "recommendations.PackPill", "recommendations.Sending"),
    *("recommendations.OutsidePlan", "recommendations.Order"),
    *("recommendations.LabOrder", "recommendations.LabResult"),
    *("deliveries.Delivery", "deliveries.DeliveryEvent", "deliveries.Proof"),
    *("practice.VendorPatient", "practice.PatientReading"),
}
APPEND_ONLY = {AuditEntry, AuditSeal}
ALL_MODELS = pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
NOWHERE = 2**40  # an id that no row has

COPY = (
    "INSERT INTO {table} SELECT (jsonb_populate_record(row, to_jsonb(row) || "
    "jsonb_build_object('id', {id}, 'practice_id', {practice}))).* FROM {table} row WHERE id = {of}"
)


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker):
    """Two practices, each with a row of every tenant table."""
    with django_db_blocker.unblock(), nobodys():
        yield made()


def made():
    with tenancy.unit(tenancy.EVERYTHING):
        found = [Maker(PracticeFactory()), Maker(PracticeFactory())]
        for maker in found:
            for model in tenant_models():
                maker.row(model)
    ours, theirs = (SimpleNamespace(practice=m.practice, rows=m.made) for m in found)
    return SimpleNamespace(ours=ours, theirs=theirs)


@contextlib.contextmanager
def ours(two):
    """As a member of ours; nothing stays."""
    with nobodys(), tenancy.unit(tenancy.of_practice(two.ours.practice.pk)):
        yield


@contextlib.contextmanager
def nobodys():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(statement, *values) -> int:
    """How many rows it found or touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if statement.startswith("SELECT") else cursor.rowcount


def refused(statement, *values) -> str:
    """What PostgreSQL says in refusing it."""
    with pytest.raises(DatabaseError) as said, transaction.atomic():
        _run_at_once(statement, values)
    return str(said.value)


def _run_at_once(statement, values):
    run(statement, *values)
    run("SET CONSTRAINTS ALL IMMEDIATE")


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


# --- What errors give away (T5)


def keys():
    """(model, field) of every foreign key between tables of practices."""
    for model in tenant_models():
        for field in model._meta.local_concrete_fields:
            if field.many_to_one or field.one_to_one:
                target = field.related_model
                if issubclass(target, TENANT):
                    yield pytest.param(model, field, id=f"{model._meta.label}.{field.name}")


@pytest.mark.parametrize(("model", "field"), keys())
def test_a_row_that_points_into_another_practice_is_refused_like_one_that_points_nowhere(
    two, model, field
):
    table, row = model._meta.db_table, two.ours.rows[model]
    foreign = two.theirs.rows[field.related_model].pk
    statement = f"UPDATE {table} SET {field.column} = %s WHERE id = %s"
    with ours(two):
        there, nowhere = (refused(statement, key, row.pk) for key in (foreign, NOWHERE))
        assert without_ids(there) == without_ids(nowhere)


def without_ids(said: str) -> str:
    return re.sub(r"\d+", "N", said.partition("CONTEXT")[0])


# Unique over all practices, and why nobody learns of another's rows by it.
OVER_ALL = {
    ("practice_courieraccount", "hook_path"): "a secret that nobody can guess or choose",
    ("practice_receipt", "endpoint, event_id"): "the endpoint holds that secret",
}

INDEXES = """
    SELECT c.relname, i.indisprimary, i.indisunique, i.indpred IS NOT NULL,
        array_to_string(ARRAY(
            SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnkeyatts) k
        ), ', ')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = ANY(%s)
"""


def indexes():
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [[model._meta.db_table for model in tenant_models()]])
        return cursor.fetchall()


def test_practice_leads_every_unique_constraint(two):
    over_all = {
        (table, columns)
        for table, is_primary, is_unique, _, columns in indexes()
        if is_unique and not is_primary and not columns.startswith("practice_id")
    }
    assert over_all == set(OVER_ALL)


# Looked up over all practices by code that declares all of them, or in rows that all share.
OF_ALL_PRACTICES = {
    ("practice_auditentry", "at, id"): "the day's seal is over all of them",
    ("practice_membership", "user_id"): "a user's own places",
    ("practice_supportview", "staff_id"): "what one of the staff looks at",
    ("practice_courieraccount", "hook_path"): "the hook's door",
    ("catalog_product", "search"): "shared products are searched with one's own",
    ("catalog_product", "upper((name)::text)"): "shared products are searched with one's own",
    ("catalog_listing", "product_id, vendor"): "shared products have own listings",
    ("catalog_listing", "product_id"): "shared products have own listings",
    ("catalog_listing", "bottle_id"): "shared bottles have own pills",
    ("recommendations_planitem", "listing_id"): "a key to a shared row",
    ("recommendations_protocolitem", "listing_id"): "a key to a shared row",
    ("recommendations_packpill", "listing_id"): "a key to a shared row",
}


def test_practice_leads_every_other_index(two):
    """But those over the few rows that a sweep has to look at."""
    over_all = {
        (table, columns)
        for table, _, is_unique, is_partial, columns in indexes()
        if not is_unique and not is_partial and not columns.startswith("practice_id")
    }
    assert over_all == set(OF_ALL_PRACTICES)


@ALL_MODELS
def test_an_index_leads_with_the_practice(two, model):
    found = [row for row in indexes() if row[0] == model._meta.db_table]
    assert any(columns.startswith("practice_id") for *_, columns in found)


# --- Policies


def test_no_policy_calls_a_volatile_function(two):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, coalesce(qual, '') || ' ' || coalesce(with_check, '') "
            "FROM pg_policies WHERE schemaname = 'public'"
        )
        policies = cursor.fetchall()
        called = {name for *_, text in policies for name in re.findall(r"(\w+)\(", text)}
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname = ANY(%s) AND provolatile = 'v'",
            [list(called)],
        )
        assert cursor.fetchall() == []
    assert "current_setting" in called
    for table, policy, text in policies:
        assert "current_setting(" not in without_selects(text), (table, policy)


def without_selects(text):
    """A policy without its sub-selects, which are evaluated once a query."""
    begun = re.search(r"\( SELECT\s", text)
    if begun is None:
        return text
    depth, end = 1, begun.end()
    while depth:
        depth += (text[end] == "(") - (text[end] == ")")
        end += 1
    return text[: begun.start()] + without_selects(text[end:])


def test_every_table_that_the_application_reads_is_classified():
    """Tenant tables by their models, ours that are shared by name; the rest are Django's and
    its packages', and hold users and their sessions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {row[0] for row in cursor.fetchall()}
    tenant = {model._meta.db_table for model in tenant_models()}
    shared = {"practice_practice", "practice_periodicjob", "practice_vendorrefusal"}
    packages = ("auth_", "django_", "account_", "mfa_", "usersessions_")
    unknown = {t for t in tables - tenant - shared if not t.startswith(packages)}
    assert unknown == set()


def test_shared_rows_are_read_by_all_and_written_by_none(two):
    for model in tenant_models():
        if not issubclass(model, SharedOrOwnModel):
            continue
        table = model._meta.db_table
        with transaction.atomic():
            with tenancy.unit(tenancy.EVERYTHING):
                values = _shared_values(model, two.ours.rows[model])
                row = model._base_manager.create(**values, **_shared_listings(model, two))
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


def _shared_listings(model, two):
    """One for each key to a listing that may not stay empty."""
    like = _shared_values(Listing, two.ours.rows[Listing])
    return {
        field.name: Listing.objects.create(**like | {"sku": f"shared {field.name}"})
        for field in model._meta.local_concrete_fields
        if field.related_model is Listing and not field.null
    }
