"""What the policies themselves say, and that no table is forgotten."""

import re

from django.db import connection

from tests.isolation.rows import tenant_models


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


def test_every_table_that_the_application_reads_is_classified(two):
    """Tenant tables by their models, ours that are shared by name; the rest are Django's and
    its packages', and hold users and their sessions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {row[0] for row in cursor.fetchall()}
    tenant = {model._meta.db_table for model in tenant_models()}
    names = ("practice", "periodicjob", "vendorrefusal", "vendorword")
    shared = {f"practice_{name}" for name in names} | {"recommendations_upperlimit"}
    shared |= {"catalog_sharedcard", "catalog_synonym", "catalog_brandalias"}
    packages = ("auth_", "django_", "account_", "mfa_", "usersessions_")
    unknown = {t for t in tables - tenant - shared if not t.startswith(packages)}
    assert unknown == set()
