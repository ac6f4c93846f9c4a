"""Every row-level-security policy opened in turn, in a scratch database; then what
`tests/isolation/test_sql.py` says of the table is asked again (T9). It asks nothing of a table
that is no practice's: a policy there counts as not noticed."""

import contextlib
import inspect

import pytest
from django.db import DatabaseError, connections, transaction

from practice import tenancy
from tests.conftest import DATABASE
from tests.isolation import sql, test_sql
from tests.isolation.rows import tenant_models

POLICIES = (
    "SELECT tablename, policyname, permissive = 'PERMISSIVE', qual, with_check FROM pg_policies "
    "WHERE schemaname = 'public' ORDER BY 1, 2"
)
CHECKS = [
    check
    for _, check in inspect.getmembers(test_sql, inspect.isfunction)
    if sql.ALL_MODELS.mark in getattr(check, "pytestmark", ())
]


def test_an_opened_policy_is_noticed(ground, committed_db, capsys):
    two = sql.made()
    with ground.postgres.superuser(DATABASE) as root:
        policies = root.execute(POLICIES).fetchall()
        models = {model._meta.db_table: model for model in tenant_models()}
        assert not [
            check for model in models.values() for check in CHECKS if fails(check, two, model)
        ]
        missed = [
            f"{table}.{policy}"
            for table, policy, *rest in policies
            if table not in models or not noticed(root, two, models[table], policy, *rest)
        ]
    with capsys.disabled():
        print(f"\nPolicies: {len(policies) - len(missed)} of {len(policies)} opened ones noticed.")
        print("\n".join(missed))
    assert len(missed) <= len(policies) * 0.05


def noticed(root, two, model, policy, permissive, using, check):
    """Opens one policy for everybody, looks, and puts it back."""
    table = model._meta.db_table
    root.execute(f"ALTER POLICY {policy} ON {table} {clauses(using and 'true', check and 'true')}")
    try:
        return any(fails(check, two, model) for check in CHECKS)
    finally:
        root.execute(f"ALTER POLICY {policy} ON {table} {clauses(using, check)}")


def clauses(using, check):
    parts = [f"USING ({using})"] if using else []
    return " ".join(parts + ([f"WITH CHECK ({check})"] if check else []))


def fails(check, two, model) -> bool:
    """Whether a check fails. The connection is left outside of any transaction."""
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(transaction.atomic())
            stack.callback(transaction.set_rollback, True)
            check(two, model)
    except (AssertionError, pytest.fail.Exception, DatabaseError):
        return True
    finally:
        connections["default"].regimen_scope = tenancy.NOTHING, tenancy.NOBODY
    return False
