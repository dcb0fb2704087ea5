# %% grade_id="by_hand_answer"
sharpened_rows = {"row 0": [89, 111, 101], "row 1": [85, 111, 101], "row 2": [98, 117, 113]}
# %% grade_id="corner_answer"
last_corner = 5 * 98 - (100 + 99)
# %% grade_id="filter_answer"
def count_conv_params(in_channels: int, out_channels: int, kernel_size: int) -> int:
    """Number of trainable parameters of a convolution layer."""
    return out_channels * (in_channels * kernel_size**2 + 1)


first_layer_parameters = count_conv_params(3, 64, 7)
deep_layer_parameters = count_conv_params(256, 512, 3)
dense_layer_parameters = (32 * 32 * 1) * (28 * 28 * 6) + 28 * 28 * 6
# %% grade_id="pool_answer"
from typing import Optional


def pool_map(
    image: torch.Tensor, window: int, stride: Optional[int] = None, kind: str = "max"
) -> torch.Tensor:
    """Apply max or average pooling to a 2-D map.

    Args:
        image: Tensor of shape (H, W).
        window: Size of the window.
        stride: Step of the window; defaults to ``window``.
        kind: ``"max"`` or ``"average"``.

    Returns:
        The pooled map.
    """
    if not isinstance(image, torch.Tensor) or image.ndim != 2:
        raise TypeError("image must be a 2-D tensor")
    if kind not in {"max", "average"}:
        raise ValueError(f"Unsupported pooling kind: {kind!r}")
    step = window if stride is None else int(stride)
    if window > min(image.shape) or step < 1:
        raise ValueError("the window does not fit")
    columns = torch.nn.functional.unfold(image[None, None], window, stride=step)[0]
    rows = (image.shape[0] - window) // step + 1
    flat = columns.max(dim=0).values if kind == "max" else columns.mean(dim=0)
    return flat.reshape(rows, -1)
# %% grade_id="shift_answer"
moved_dot = "(c)"
# %% grade_id="unpool_answer"
pooled_rows = [[5, 6], [7, 8]]
unpooled_rows = [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]
# %% grade_id="grown_answer"
input_size, filter_size, step_size = 7, 4, 2
grown_side = float((input_size - 1) * step_size + filter_size)
# %% grade_id="transposed_answer"
def transposed_convolve(image: torch.Tensor, kernel: torch.Tensor, stride: int = 1) -> torch.Tensor:
    """Transposed 2-D convolution via the transpose of the convolution matrix."""
    if stride < 1:
        raise ValueError("stride must be positive")
    h, w = image.shape
    kh, kw = kernel.shape
    out_h, out_w = (h - 1) * stride + kh, (w - 1) * stride + kw
    matrix = torch.zeros(h * w, out_h * out_w, dtype=image.dtype)
    for i in range(h):
        for j in range(w):
            patch = torch.zeros(out_h, out_w, dtype=image.dtype)
            patch[i * stride : i * stride + kh, j * stride : j * stride + kw] = kernel
            matrix[i * w + j] = patch.flatten()
    return (matrix.T @ image.flatten()).reshape(out_h, out_w)
