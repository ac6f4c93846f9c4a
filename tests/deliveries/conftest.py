import pytest


@pytest.fixture
def desk(db, simulators, client):
    """A practice with a courier account at the simulator."""
    # Models may be imported once the root's conftest has set Django up.
    from tests.deliveries.desk import Desk

    return Desk(simulators, client)
