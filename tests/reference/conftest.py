"""What all tests of the reference share: one thread, fresh generators, copies in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Run torch on one thread, so that times and sums do not depend on the machine's load."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def generator() -> torch.Generator:
    """A generator with a fixed seed, fresh for each test."""
    return torch.Generator().manual_seed(20260101)


@pytest.fixture
def randn(generator: torch.Generator) -> Callable[..., torch.Tensor]:
    """`randn(*shape)`: float64 normal numbers from the test's generator."""

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    return draw
