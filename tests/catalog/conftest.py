"""Two practices and both dispensaries. `readings` needs settings, which are made only after
this file was read: its fixtures import it when they run."""

import functools

import pytest


@pytest.fixture
def readings(db, simulators):
    from tests.catalog import readings

    readings.grant_products(simulators)
    return readings


@pytest.fixture
def nora(readings):
    return readings.member("harbor", readings.NORA)


@pytest.fixture
def clara(readings):
    return readings.member("meadow", readings.CLARA)


@pytest.fixture
def account(readings, simulators):
    """`account(vendor, membership)` is a connection made at the vendor's consent page."""
    return functools.partial(readings.connected, simulators=simulators)


@pytest.fixture
def connections(account, nora):
    """Nora's, by vendor. Their lists wait to be read."""
    return {vendor: account(vendor, nora) for vendor in ("wholescripts", "fullscript")}


@pytest.fixture
def read(connections, readings):
    """Both catalogues read now, for Nora's practice. Gives her connections by vendor."""
    for run in readings.open_runs():
        assert readings.read(run).state == "done"
    return connections


@pytest.fixture(scope="session")
def shelf():
    """Where a reading is kept for later tests."""
    return {}


@pytest.fixture
def filled(request, shelf, connections):
    """As `read`, but what the first test of a run read is put back for the others."""
    from tests.catalog.kept import Kept

    if shelf:
        shelf["kept"].put_back(connections)
    else:
        request.getfixturevalue("read")
        shelf["kept"] = Kept.of(connections)
    return connections
