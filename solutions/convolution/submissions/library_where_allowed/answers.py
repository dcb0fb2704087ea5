# %% grade_id="by_hand_answer"
sharpened_rows = torch.nn.functional.conv2d(brightness[None, None], sharpen[None, None])[0, 0]
# %% grade_id="corner_answer"
last_corner = torch.nn.functional.conv2d(brightness[None, None], sharpen[None, None], padding=1)[0, 0, -1, -1]
# %% grade_id="filter_answer"
def numbers_in(layer):
    return sum(parameter.numel() for parameter in layer.parameters())


first_layer_parameters = numbers_in(torch.nn.Conv2d(3, 64, 7))
deep_layer_parameters = numbers_in(torch.nn.Conv2d(256, 512, 3))
dense_layer_parameters = numbers_in(torch.nn.Linear(1024, 6 * 28 * 28, device="meta"))
# %% grade_id="pool_answer"
import numpy as np


def pool_map(image, window, stride=None, kind="max"):
    reduce = {"max": np.max, "average": np.mean}
    if kind not in reduce:
        raise ValueError("kind must be 'max' or 'average'")
    stride = window if stride is None else stride
    views = np.lib.stride_tricks.sliding_window_view(image.numpy(), (window, window))
    return reduce[kind](views[::stride, ::stride], axis=(-2, -1))
# %% grade_id="shift_answer"
moved_dot = ["c"]
# %% grade_id="unpool_answer"
whole = torch.tensor([[[1.0, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]])
pooled, places = torch.nn.functional.max_pool2d(whole, 2, return_indices=True)
pooled_rows = pooled[0]
unpooled_rows = torch.nn.functional.max_unpool2d(torch.tensor([[[1.0, 2], [3, 4]]]), places, 2)[0]
# %% grade_id="grown_answer"
grown_side = torch.nn.ConvTranspose2d(1, 1, 4, stride=2)(torch.zeros(1, 1, 7, 7)).shape[-1]
# %% grade_id="transposed_answer"
def transposed_convolve(image, kernel, stride=1):
    (H, W), (F, G) = image.shape, kernel.shape
    spread = image.new_zeros((H - 1) * stride + 2 * F - 1, (W - 1) * stride + 2 * G - 1)
    spread[F - 1 : F - 1 + (H - 1) * stride + 1 : stride, G - 1 : G - 1 + (W - 1) * stride + 1 : stride] = image
    windows = spread.unfold(0, F, 1).unfold(1, G, 1)
    return torch.einsum("ijab,ab->ij", windows, kernel.flip(0, 1))
