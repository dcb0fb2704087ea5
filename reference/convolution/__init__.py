"""Convolution, pooling, flattening, transposed convolution and unpooling, from primitives."""

from reference.convolution.convolution import (
    Conv2d,
    Conv2dConfig,
    ConvolutionGradients,
    conv2d,
    conv2d_backward,
    conv2d_loops,
)
from reference.convolution.geometry import (
    filter_parameters,
    multiplications,
    output_size,
    transposed_output_size,
)
from reference.convolution.pooling import (
    AvgPool2d,
    MaxPool2d,
    avg_pool2d,
    avg_pool2d_as_convolution,
    avg_pool2d_backward,
    flatten,
    global_average_pool,
    max_pool2d,
    max_pool2d_backward,
    max_unpool2d,
)
from reference.convolution.transposed import (
    ConvTranspose2d,
    conv_transpose2d,
    conv_transpose2d_by_zeros,
    insert_zeros,
)
from reference.convolution.windows import fold, pad, windows

__all__ = [
    "AvgPool2d",
    "Conv2d",
    "Conv2dConfig",
    "ConvTranspose2d",
    "ConvolutionGradients",
    "MaxPool2d",
    "avg_pool2d",
    "avg_pool2d_as_convolution",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_loops",
    "conv_transpose2d",
    "conv_transpose2d_by_zeros",
    "filter_parameters",
    "flatten",
    "fold",
    "global_average_pool",
    "insert_zeros",
    "max_pool2d",
    "max_pool2d_backward",
    "max_unpool2d",
    "multiplications",
    "output_size",
    "pad",
    "transposed_output_size",
    "windows",
]
