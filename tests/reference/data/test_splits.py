"""Three parts of the data, and the batches of an epoch."""

from __future__ import annotations

import pytest
import torch

from reference.data import batches_per_epoch, split_three_ways, updates
from reference.errors import ConfigError, ShapeError
from reference.optimisers import batches


@pytest.mark.parametrize("count", [1, 7, 100])
def test_the_parts_share_nothing_and_leave_nothing_out(count: int, generator):
    """A permutation in three pieces of the wanted sizes."""
    parts = split_three_ways(count, 0.2, 0.1, generator)
    whole = torch.cat([parts.training, parts.validation, parts.test])
    assert sorted(whole.tolist()) == list(range(count))
    assert len(parts.validation) == round(0.2 * count)
    assert len(parts.test) == round(0.1 * count)


def test_s0_s_eighty_pictures_make_eight_batches(generator):
    """Batch size 10; two epochs move the weights 16 times; what is dealt agrees."""
    assert batches_per_epoch(80, 10) == 8
    assert updates(80, 10, 2) == 16
    for count, size in ((80, 10), (81, 10), (5, 10)):
        assert batches_per_epoch(count, size) == len(list(batches(count, size, generator)))


def test_nonsense_is_refused():
    """Shares that leave nothing to train on."""
    with pytest.raises(ConfigError, match="shares"):
        split_three_ways(10, 0.5, 0.5)
    with pytest.raises(ConfigError, match="none is left"):
        split_three_ways(2, 0.3, 0.3)


def test_the_parts_of_a_table_are_its_rows(generator):
    """Rows of each part, all of them once; a table of another length is refused."""
    table = torch.arange(20).reshape(10, 2)
    split = split_three_ways(10, generator=generator)
    training, validation, test = split.of(table)
    assert (len(training), len(validation), len(test)) == (6, 2, 2)
    assert torch.equal(training[:, 0] // 2, split.training)
    assert torch.equal(torch.cat([training, validation, test]).sort(dim=0).values, table)
    with pytest.raises(ShapeError, match="examples has shape"):
        split.of(table[:9])
