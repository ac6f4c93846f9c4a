"""Benchmarks are run by hand; that they can still be started is seen here."""

import importlib
from pathlib import Path

import pytest

from tests import benches

# What gunicorn starts in a process of its own, with an environment that names the database.
STARTED_ELSEWHERE = {"__init__", "bare"}
NAMES = {path.stem for path in Path(benches.__file__).parent.glob("*.py")} - STARTED_ELSEWHERE


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_benchmark_finds_all_that_it_needs(name):
    assert importlib.import_module(f"tests.benches.{name}")
