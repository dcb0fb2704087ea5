"""The arithmetic of sliding windows: sizes, parameters and multiplications.

Guarantees:

- sizes agree with torch for every legal kernel, stride, padding and dilation;
- a window that does not fit is a `ConfigError` that shows the sum, never a size of zero.

Does not: compute any pixel (see `convolution.py`, `pooling.py`, `transposed.py`).
"""

from __future__ import annotations

from reference.errors import require

__all__ = [
    "Pair",
    "filter_parameters",
    "multiplications",
    "output_size",
    "pair",
    "transposed_output_size",
]

Pair = int | tuple[int, int]
"""One number for both directions, or (vertical, horizontal)."""


def pair(value: Pair) -> tuple[int, int]:
    """Spread one number over both directions.

    >>> pair(3), pair((3, 5))
    ((3, 3), (3, 5))
    """
    return (value, value) if isinstance(value, int) else value


def _check(kernel: int, stride: int, padding: int, dilation: int) -> None:
    require(kernel >= 1, f"kernel is {kernel}, expected at least 1")
    require(stride >= 1, f"stride is {stride}, expected at least 1")
    require(padding >= 0, f"padding is {padding}, expected at least 0")
    require(dilation >= 1, f"dilation is {dilation}, expected at least 1")


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Count the positions of a kernel along one side of an image.

    Equation: ``O = floor((H + 2 P - D (F - 1) - 1) / S) + 1``, for D = 1 ``(H + 2P - F)/S + 1``

    Raises: `ConfigError` when a setting is out of range or the kernel exceeds the padded input.

    Source: S3 (confirmation test: 5, filter 3, stride 2, padding 1 gives 3); S4, output size.

    Deviation: the sources divide exactly; like every library we round down, which drops the
    pixels at the far edge that no whole window reaches.

    >>> output_size(5, 3, stride=2, padding=1)
    3
    """
    _check(kernel, stride, padding, dilation)
    require(size >= 1, f"size is {size}, expected at least 1")
    extent = dilation * (kernel - 1) + 1
    padded = size + 2 * padding
    require(
        extent <= padded,
        f"the kernel spans {extent} pixels (kernel {kernel}, dilation {dilation}) but the padded "
        f"input has {padded} (size {size}, padding {padding}); pad more or use a smaller kernel",
    )
    # O = floor((H + 2P - D(F - 1) - 1) / S) + 1
    return (padded - extent) // stride + 1


def transposed_output_size(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    """Size of one side after a transposed convolution, the inverse of `output_size`.

    Equation: ``O = (H - 1) S - 2 P + D (F - 1) + 1 + P_out``

    Raises: `ConfigError` as `output_size`; also when `output_padding` is not smaller than the
    stride or the dilation, or nothing is left.

    Source: S4, transposed convolution.

    >>> transposed_output_size(3, 3, stride=2, padding=1)
    5
    """
    _check(kernel, stride, padding, dilation)
    require(size >= 1, f"size is {size}, expected at least 1")
    require(
        0 <= output_padding < max(stride, dilation),
        f"output_padding is {output_padding}, expected from 0 to {max(stride, dilation) - 1}",
    )
    # O = (H - 1) S - 2P + D(F - 1) + 1 + P_out
    result = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + output_padding
    require(result >= 1, f"padding {padding} crops the whole output (size would be {result})")
    return result


def filter_parameters(
    in_channels: int, out_channels: int, kernel: Pair, *, bias: bool = True
) -> int:
    """Count the weights of a convolution layer.

    Equation: ``C_out (C_in F_h F_w + 1)``

    Source: S4. The first GoogLeNet convolution has 7·7·3·64 = 9,408 weights.

    Deviation: S4's table, as the paper, prints 2.7K for it.

    >>> filter_parameters(3, 64, 7, bias=False)
    9408
    """
    height, width = pair(kernel)
    # C_out (C_in F_h F_w + 1)
    return out_channels * (in_channels * height * width + int(bias))


def multiplications(
    in_channels: int, out_channels: int, kernel: Pair, output_height: int, output_width: int
) -> int:
    """Count the multiplications of a convolution layer: each output pixel needs one window.

    Equation: ``(H' W' C_out) (F_h F_w C_in)``

    Source: S4, role of the 1x1 convolution: 112.9 M without and 5.3 M with a bottleneck.

    Deviation: S4 calls these numbers parameters; they are multiplications.

    >>> multiplications(480, 48, 5, 14, 14)
    112896000
    """
    height, width = pair(kernel)
    # (H' W' C_out) (F_h F_w C_in)
    return (output_height * output_width * out_channels) * (height * width * in_channels)
