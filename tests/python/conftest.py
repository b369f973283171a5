"""What the files of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import shiver

settings.register_profile(
    "shiver",
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("shiver")


@pytest.fixture
def default_threads() -> Iterator[None]:
    """Puts the process's number of threads back to what it was before the test."""
    before = shiver.get_num_threads()
    yield
    shiver.set_num_threads(before)
