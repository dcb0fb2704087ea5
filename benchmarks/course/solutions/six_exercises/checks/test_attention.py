"""Scaled dot-product attention (grade cell `attention`, 2 points)."""

import torch

from autograder.checking import assert_close, points


@points(1)
def test_values(student, generator):
    q, k, v = (torch.randn(n, 8, generator=generator) for n in (3, 5, 5))
    expected = torch.softmax(q @ k.T / 8**0.5, dim=-1) @ v
    assert_close(student.attend(q, k, v), expected)


@points(1)
def test_equal_keys_average(student, generator):
    q, v = torch.randn(2, 4, generator=generator), torch.randn(6, 3, generator=generator)
    expected = v.mean(dim=0).expand(2, 3)
    assert_close(student.attend(q, torch.ones(6, 4), v), expected)
