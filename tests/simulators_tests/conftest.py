"""One process of simulators for the whole session, back at its start before each test.

No setting of the product is touched: these tests run with `-p no:django` too.
"""

import pytest

from tests.simulators.client import Simulators


@pytest.fixture(scope="session")
def running_simulators():
    simulators = Simulators.start(site_url="http://127.0.0.1:8999")
    yield simulators
    simulators.stop()


@pytest.fixture
def sims(running_simulators):
    running_simulators.reset()
    return running_simulators
