"""`sql` needs settings, which are made only after this file was read."""

import pytest


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker):
    """Two practices, each with a row of every tenant table."""
    from tests.isolation import sql

    with django_db_blocker.unblock(), sql.nobodys():
        yield sql.made()
