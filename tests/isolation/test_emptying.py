"""After a test that committed, the next one finds nothing of it."""

import pytest

from practice import tenancy
from practice.models import Practice
from tests import emptying
from tests.conftest import DATABASE
from tests.factories import PracticeFactory
from tests.isolation.rows import Maker, tenant_models


@pytest.mark.parametrize("most_bytes", [emptying.MOST_BYTES, 0], ids=["deleted", "truncated"])
def test_no_row_and_no_number_is_left(ground, committed_db, monkeypatch, most_bytes):
    monkeypatch.setattr(emptying, "MOST_BYTES", most_bytes)
    with tenancy.unit(tenancy.EVERYTHING):
        maker = Maker(PracticeFactory())
        for model in tenant_models():
            maker.row(model)
    with ground.postgres.superuser(DATABASE) as root:
        assert full(root) > {model._meta.db_table for model in tenant_models()}
        emptying.empty(root)
        assert full(root) == set(emptying.KEPT)
    with tenancy.unit(tenancy.EVERYTHING):
        assert Practice.objects.create(name="Next", slug="next").pk == 1


def full(root):
    """The tables that hold rows."""
    tables = root.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {
        table for (table,) in tables if root.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
    }
