"""Keys and indexes of every tenant table: what refusals give away (T5), and who leads."""

import re

import pytest
from django.db import connection

from tests.isolation.rows import TENANT, tenant_models
from tests.isolation.sql import ALL_MODELS, NOWHERE, ours, refused


def keys():
    """(model, field) of every foreign key between tables of practices."""
    for model in tenant_models():
        for field in model._meta.local_concrete_fields:
            if field.many_to_one or field.one_to_one:
                target = field.related_model
                if issubclass(target, TENANT):
                    yield pytest.param(model, field, id=f"{model._meta.label}.{field.name}")


@pytest.mark.parametrize(("model", "field"), list(keys()))
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
    ("catalog_owncard", "product_id"): "a shared product has practices' own cards",
    ("catalog_listing", "product_id, vendor"): "shared products have own listings",
    ("catalog_listing", "product_id"): "shared products have own listings",
    ("catalog_listing", "bottle_id"): "shared bottles have own pills",
    ("recommendations_planitem", "listing_id"): "a key to a shared row",
    ("recommendations_protocolitem", "listing_id"): "a key to a shared row",
    ("recommendations_orderreading", "not_before_at"): "the sweep finds what is due",
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
