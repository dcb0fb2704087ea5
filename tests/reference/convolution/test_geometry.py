"""Sizes, parameters and multiplications of sliding windows."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch.nn import functional

from reference.convolution import (
    filter_parameters,
    multiplications,
    output_size,
    transposed_output_size,
)
from reference.errors import ConfigError


def test_the_confirmation_test_of_the_lecture():
    """Size 5, filter 3, stride 2, padding 1 gives 3."""
    assert output_size(5, 3, stride=2, padding=1) == 3


def test_output_size_agrees_with_torch_wherever_torch_accepts():
    """Over a grid of settings both give the same size, or both refuse."""
    settings = itertools.product(range(1, 9), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2, 3))
    seen = {True: 0, False: 0}
    for size, kernel, stride, padding, dilation in settings:
        try:
            expected = functional.conv1d(
                torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), None, stride, padding, dilation
            ).shape[-1]
        except RuntimeError:
            with pytest.raises(ConfigError):
                output_size(size, kernel, stride, padding, dilation)
            seen[False] += 1
        else:
            assert output_size(size, kernel, stride, padding, dilation) == expected
            seen[True] += 1
    assert min(seen.values()) > 50


def test_transposed_size_agrees_with_torch():
    """Over a grid of settings the transposed size is torch's."""
    for size, kernel, stride, padding in itertools.product((1, 3, 4), (2, 3), (1, 2, 3), (0, 1)):
        for extra in range(stride):
            try:
                expected = functional.conv_transpose1d(
                    torch.zeros(1, 1, size),
                    torch.zeros(1, 1, kernel),
                    None,
                    stride,
                    padding,
                    extra,
                ).shape[-1]
            except RuntimeError:
                with pytest.raises(ConfigError):
                    transposed_output_size(size, kernel, stride, padding, extra)
            else:
                assert transposed_output_size(size, kernel, stride, padding, extra) == expected


def test_transposed_size_inverts_the_convolutions_size():
    """With the right output padding the original size comes back."""
    for size, kernel, stride, padding in itertools.product(range(5, 12), (2, 3), (1, 2, 3), (0, 1)):
        small = output_size(size, kernel, stride, padding)
        lost = (size + 2 * padding - kernel) % stride
        assert transposed_output_size(small, kernel, stride, padding, lost) == size


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 0), "kernel is 0"),
        ((5, 3, 0), "stride is 0"),
        ((5, 3, 1, -1), "padding is -1"),
        ((5, 3, 1, 0, 0), "dilation is 0"),
        ((0, 3), "size is 0"),
        ((2, 3), "pad more or use a smaller kernel"),
        ((4, 3, 1, 0, 2), "spans 5 pixels"),
    ],
)
def test_impossible_settings_say_what_is_wrong(arguments: tuple[int, ...], message: str):
    """Each nonsense setting is a ConfigError that names it."""
    with pytest.raises(ConfigError, match=message):
        output_size(*arguments)


def test_erratum_inception_slide_counts_multiplications_not_parameters():
    """112.9 M and 5.3 M are multiplications; the filters have far fewer weights."""
    assert multiplications(480, 48, 5, 14, 14) == 112_896_000
    bottleneck = multiplications(480, 16, 1, 14, 14) + multiplications(16, 48, 5, 14, 14)
    assert bottleneck == 1_505_280 + 3_763_200
    assert filter_parameters(480, 48, 5, bias=False) == 576_000 != 112_896_000


def test_erratum_first_googlenet_convolution_has_9408_weights():
    """The table prints 2.7K; 7·7·3·64 = 9,408 is right."""
    assert filter_parameters(3, 64, 7, bias=False) == 7 * 7 * 3 * 64 == 9_408
    assert abs(filter_parameters(3, 64, 7, bias=False) - 2_700) > 6_000


def test_a_fully_connected_layer_on_an_image_has_19_660_900_parameters():
    """A 256 x 256 x 3 image into 100 units: the reason for convolution."""
    layer = torch.nn.Linear(256 * 256 * 3, 100, device="meta")
    assert sum(p.numel() for p in layer.parameters()) == 19_660_900
    assert filter_parameters(256 * 256 * 3, 100, 1) == 19_660_900
