"""Thousands of rows for each of many practices, fast: one row made well, then multiplied."""

from psycopg import sql

from catalog.models import Listing, Product
from deliveries.models import Delivery, DeliveryEvent, Proof
from practice import tenancy
from practice.models import (
    AuditEntry,
    Patient,
    PatientEvent,
    PatientImportRow,
    PatientLink,
    Receipt,
)
from practice.roles import Role
from recommendations.models import Dose, Plan, PlanItem, Sending
from tests.factories import MembershipFactory, PracticeFactory
from tests.isolation.rows import Maker

# Row n of one points at row n of the others.
BIG = [
    *(Patient, PatientEvent, PatientLink, Plan, PlanItem, Dose, Sending),
    *(Delivery, Receipt, DeliveryEvent, Proof, AuditEntry, PatientImportRow),
]
SHARED = [Product, Listing]
CLINICIANS = 8
STEP = 10_000_000

ROWS = {"patient", "plan", "item", "delivery", "receipt", "product"}

# Columns that differ from row to row.
VARIED = {
    "source": "'t:' || n",
    "barcode": "'ORD-' || n",
    "event_id": "'e' || n",
    "parcel_id": "'P' || n",
    "first_name": "'First' || substr(md5(n::text), 1, 5)",
    "last_name": "'Last' || substr(md5(n::text), 6, 5)",
    "email": "n || '@patients.example'",
    "record_number": "'M' || n",
    "sku": "'S' || n",
    "name": "'Magnesium ' || substr(md5(n::text), 1, 6)",
    "vendor_patient_id": "'v' || n",
    "number": "n + 1",
    "birth_date": "date '1940-01-01' + n % 20000",
    **dict.fromkeys(
        ("created_at", "updated_at", "happened_at", "received_at", "at"),
        "now() - n * interval '1 minute'",
    ),
}
# Of a hundred, a few wait for something.
STATES = {
    Plan: ("draft", "signed"),
    Sending: ("needs_review", "confirmed"),
    Delivery: ("needs_review", "delivered"),
    Receipt: ("failed", "done"),
}


def practices(root, count, rows):
    """(practice, members, first id) of `count` practices with `rows` rows of each big table.
    `root` is the superuser's connection."""
    root.execute("SET session_replication_role = replica")  # no triggers: rows fit together
    with tenancy.unit(tenancy.EVERYTHING):
        made = [_one_of_each() for _ in range(count)]
        shared = Maker(None)
        product, listing = shared.row(Product), shared.row(Listing)
        Listing.objects.filter(pk=listing.pk).update(product=product)
    for index, (maker, members) in enumerate(made, 1):
        for model in BIG:
            multiply(root, model, maker.made[model].pk, index * STEP, rows, members)
    for model in SHARED:
        multiply(root, model, shared.made[model].pk, STEP, rows, [])
    root.execute(
        "INSERT INTO catalog_sharedcard (product_id, name, names, words, traits)"
        " SELECT id, lower(name), vector, vector, '{}'"
        " FROM catalog_product, to_tsvector('simple', name) vector WHERE practice_id IS NULL"
    )
    root.execute("VACUUM ANALYZE")
    return [(maker.practice, who, n * STEP + 1) for n, (maker, who) in enumerate(made, 1)]


def _one_of_each():
    maker = Maker(PracticeFactory())
    roles = [Role.OWNER] + [Role.PRACTITIONER] * (CLINICIANS - 1)
    members = [MembershipFactory(practice=maker.practice, role=role) for role in roles]
    for model in BIG:
        maker.row(model)
    return maker, members


def multiply(root, model, like, base, rows, members):
    """Adds `rows` rows as the row `like`, with ids from `base` + 1."""
    values = {"id": f"{base} + n"}
    for field in model._meta.local_concrete_fields:
        if field.is_relation and field.related_model in (*BIG, *SHARED) and field.name in ROWS:
            values[field.column] = f"{base} + n"
        elif field.column in VARIED:
            values[field.column] = VARIED[field.column]
        elif field.column in ("practitioner_id", "clinician_id") and members:
            keys = ",".join(str(member.pk) for member in members)
            values[field.column] = f"('{{{keys}}}'::bigint[])[1 + n % {len(members)}]"
        elif field.column == "patient_id" and model is AuditEntry:
            values[field.column] = f"{base} + n"
    if model in STATES:
        few, rest = STATES[model]
        values["state"] = f"CASE WHEN n % 100 = 0 THEN '{few}' ELSE '{rest}' END"
    pairs = ", ".join(f"'{column}', {value}" for column, value in values.items())
    root.execute(
        sql.SQL(
            f"INSERT INTO {model._meta.db_table} "
            f"SELECT (jsonb_populate_record(l, jsonb_build_object({pairs}))).* "
            f"FROM {model._meta.db_table} l, generate_series(1, {rows}) n WHERE l.id = {like}"
        )
    )
