"""Two practices with a row of every tenant table, and plain SQL as a member of one of them."""

import contextlib
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from practice import tenancy
from tests.factories import PracticeFactory
from tests.isolation.rows import Maker, tenant_models

ALL_MODELS = pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
NOWHERE = 2**40  # an id that no row has


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
