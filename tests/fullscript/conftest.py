"""Fullscript complete: what its reference leaves open, and its traps."""

import pytest

from tests.fullscript.purchases import Buyer
from tests.recommendations.conftest import harbor, signed_in  # noqa: F401
from tests.vendors.conftest import fullscript, nora_at_fullscript  # noqa: F401


@pytest.fixture
def elena(signed_in, harbor, simulators):  # noqa: F811
    """Elena, who buys at Fullscript; Nora is connected there, and has not linked her yet."""
    return Buyer(harbor, signed_in, simulators)
