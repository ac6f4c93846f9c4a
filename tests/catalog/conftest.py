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
def filled(account, readings, nora):
    """Both catalogues read for Nora's practice. Gives her connections by vendor."""
    connections = {vendor: account(vendor, nora) for vendor in ("wholescripts", "fullscript")}
    for run in readings.open_runs():
        assert readings.read(run).state == "done"
    return connections
