"""A practice's rows are seen in its own units and nowhere else."""

import contextlib

import pytest
from django.apps import apps
from django.db import (
    DatabaseError,
    IntegrityError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from django.utils import timezone

from catalog.models import Listing, Product
from practice import tenancy
from practice.models import (
    AuditEntry,
    AuditSeal,
    OperatorOrOwnModel,
    Patient,
    PatientLink,
    SharedOrOwnModel,
    TenantModel,
)
from tests.factories import PatientFactory, PracticeFactory

pytestmark = pytest.mark.django_db

OURS = {"practice", "catalog", "recommendations", "deliveries"}
SHARED = {
    *("practice_practice", "practice_periodicjob"),
    *("practice_vendorrefusal", "practice_vendorword", "recommendations_upperlimit"),
    *("catalog_sharedcard", "catalog_synonym", "catalog_brandalias"),
}
TENANT = TenantModel | SharedOrOwnModel | OperatorOrOwnModel
APPEND_ONLY = {AuditEntry, AuditSeal}


def protected_models():
    return [
        model for model in apps.get_models() if issubclass(model, TENANT) and not model._meta.proxy
    ]


@pytest.fixture
def two_practices():
    with tenancy.unit(tenancy.EVERYTHING):
        ours, theirs = PracticeFactory(), PracticeFactory()
        PatientFactory(practice=ours, first_name="Ours")
        PatientFactory(practice=theirs, first_name="Theirs")
    return ours, theirs


def test_every_table_of_ours_is_known_as_tenant_or_shared():
    unknown = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in OURS
        and not issubclass(model, TENANT)
        and model._meta.db_table not in SHARED
    ]
    assert unknown == []


@pytest.mark.parametrize("model", protected_models(), ids=lambda model: model._meta.label)
def test_a_tenant_table_forces_its_policies(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (True, True)
        cursor.execute(
            "SELECT cmd, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies "
            "WHERE tablename = %s AND permissive = 'PERMISSIVE'",
            [model._meta.db_table],
        )
        policies = dict(cursor.fetchall())
    changing = set() if model in APPEND_ONLY else {"UPDATE", "DELETE"}
    assert set(policies) == {"SELECT", "INSERT"} | changing
    assert all("app.practice_id" in policy for policy in policies.values())


@pytest.mark.parametrize("model", protected_models(), ids=lambda model: model._meta.label)
def test_foreign_keys_between_tenant_tables_carry_the_practice(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'f'",
            [model._meta.db_table],
        )
        keys = " ".join(row[0] for row in cursor.fetchall())
    for field in model._meta.local_fields:
        if field.many_to_one and issubclass(field.related_model, TenantModel):
            assert f"(practice_id, {field.column})" in keys, field


@pytest.mark.parametrize("model", protected_models(), ids=lambda model: model._meta.label)
def test_keys_to_shared_or_own_rows_are_guarded(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [model._meta.db_table],
        )
        guards = {row[0] for row in cursor.fetchall()}
    for field in model._meta.local_fields:
        if field.is_relation and issubclass(field.related_model, SharedOrOwnModel):
            assert f"{model._meta.db_table}_{field.column}_shared_or_own" in guards, field


def test_the_application_is_no_superuser_and_owns_no_table():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, (SELECT count(*) FROM pg_tables "
            "WHERE tableowner = current_user) FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, 0)


def test_without_a_scope_there_are_no_rows(two_practices):
    assert Patient.objects.count() == 0


def test_a_unit_shows_one_practice_only(two_practices):
    ours, _ = two_practices
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        assert [patient.first_name for patient in Patient.objects.all()] == ["Ours"]


def test_an_inner_unit_gives_the_outer_scope_back(two_practices):
    ours, theirs = two_practices
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        with tenancy.unit(tenancy.of_practice(theirs.pk)):
            assert Patient.objects.get().first_name == "Theirs"
        assert Patient.objects.get().first_name == "Ours"
    assert Patient.objects.count() == 0


def test_a_failed_inner_unit_gives_the_outer_scope_back(two_practices):
    ours, theirs = two_practices
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        with pytest.raises(ZeroDivisionError), tenancy.unit(tenancy.of_practice(theirs.pk)):
            raise ZeroDivisionError
        assert Patient.objects.get().first_name == "Ours"


def test_an_inner_unit_that_cannot_end_well_is_opened_anew_the_next_time(two_practices):
    ours, _ = two_practices
    with tenancy.unit(tenancy.EVERYTHING):
        with pytest.raises(DatabaseError), tenancy.unit(tenancy.of_practice(ours.pk)):
            spoil_the_transaction()
        with tenancy.unit(tenancy.of_practice(ours.pk)):
            assert [patient.first_name for patient in Patient.objects.all()] == ["Ours"]


def spoil_the_transaction():
    """As code does that swallows what the database says."""
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def test_a_row_cannot_be_written_for_another_practice(two_practices):
    ours, theirs = two_practices
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        tenancy.unit(tenancy.of_practice(ours.pk)),
    ):
        PatientFactory(practice=theirs)


@transaction.atomic
def link(practice, patient):
    PatientLink.objects.create(
        practice=practice,
        patient=patient,
        vendor="x",
        account_id="1",
        vendor_patient_id="2",
        evidence=PatientLink.Evidence.CONFIRMED,
        linked_at="2026-01-01T00:00:00Z",
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_row_cannot_point_into_another_practice(two_practices):
    ours, theirs = two_practices
    with tenancy.unit(tenancy.EVERYTHING):
        foreign = Patient.objects.get(practice=theirs)
    with tenancy.unit(tenancy.of_practice(ours.pk)), pytest.raises(IntegrityError):
        link(ours, foreign)


def test_the_application_cannot_take_a_policy_away():
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE practice_patient DISABLE ROW LEVEL SECURITY")


def test_the_suite_runs_as_the_applications_role():
    assert connections["default"].settings_dict["USER"] == "regimen_app"


def listing(practice=None):
    now = timezone.now()
    return Listing.objects.create(
        practice=practice, vendor="x", sku="1", name="X", first_seen_at=now, seen_at=now
    )


@pytest.mark.parametrize("scope", ["ours", "everything"])
def test_a_row_cannot_point_at_another_practices_listing(two_practices, scope):
    ours, theirs = two_practices
    with tenancy.unit(tenancy.EVERYTHING):
        foreign = listing(theirs)
        product = Product.objects.create(practice=theirs, name="X")
    wide = {"ours": tenancy.of_practice(ours.pk), "everything": tenancy.EVERYTHING}[scope]
    with tenancy.unit(wide):
        mine = listing(ours)
        with pytest.raises(IntegrityError, match="no row of this practice"), transaction.atomic():
            Listing.objects.filter(pk=mine.pk).update(product=product)
        with pytest.raises(IntegrityError, match="no row of this practice"), transaction.atomic():
            Listing.objects.filter(pk=mine.pk).update(bottle=foreign)


def test_another_practices_listing_is_refused_like_one_that_does_not_exist(two_practices):
    ours, theirs = two_practices
    with tenancy.unit(tenancy.EVERYTHING):
        foreign = listing(theirs)
    said = set()
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        mine = listing(ours)
        for number in (foreign.pk, foreign.pk + 1000):
            with pytest.raises(IntegrityError) as refusal, transaction.atomic():
                Listing.objects.filter(pk=mine.pk).update(bottle_id=number)
            said.add(str(refusal.value).splitlines()[0])
    assert len(said) == 1


def test_a_shared_row_points_at_shared_rows_only(two_practices):
    ours, _ = two_practices
    with tenancy.unit(tenancy.EVERYTHING):
        shared, mine = listing(), Product.objects.create(practice=ours, name="X")
        with pytest.raises(IntegrityError, match="no row of this practice"), transaction.atomic():
            Listing.objects.filter(pk=shared.pk).update(product=mine)


def test_a_practice_sees_shared_rows_and_cannot_write_them(two_practices):
    ours, _ = two_practices
    with tenancy.unit(tenancy.EVERYTHING):
        shared = listing()
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        assert Listing.objects.get() == shared
        assert Listing.objects.filter(pk=shared.pk).update(name="Y") == 0
        assert Listing.objects.filter(pk=shared.pk)._raw_delete("default") == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Listing.objects.create(
                vendor="x",
                sku="2",
                name="X",
                first_seen_at=timezone.now(),
                seen_at=timezone.now(),
            )


@pytest.mark.parametrize("to", ["theirs", "all"])
def test_a_row_cannot_be_given_away(two_practices, to):
    ours, theirs = two_practices
    with tenancy.unit(tenancy.of_practice(ours.pk)):
        mine = listing(ours)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Listing.objects.filter(pk=mine.pk).update(practice=theirs if to == "theirs" else None)


def test_rows_behind_a_key_are_not_looked_for_in_other_practices(two_practices):
    """A related manager asks by its key alone; the policy brings the practice."""
    ours, _ = two_practices
    with connection.cursor() as cursor:
        with tenancy.unit(tenancy.EVERYTHING):
            cursor.execute(
                "INSERT INTO recommendations_dose (practice_id, item_id, slot, quantity) "
                "SELECT %s + 1 + i %% 100, i, 'waking', 1 FROM generate_series(1, 20000) i",
                [ours.pk],
            )
        with tenancy.unit(tenancy.of_practice(ours.pk)):
            cursor.execute("EXPLAIN SELECT * FROM recommendations_dose WHERE item_id IN (7, 8)")
            plan = "\n".join(row[0] for row in cursor.fetchall())
    transaction.set_rollback(True)
    assert "Seq Scan on recommendations_dose" not in plan, plan
