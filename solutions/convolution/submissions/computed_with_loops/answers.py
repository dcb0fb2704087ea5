# %% grade_id="by_hand_answer"
sharpened_rows = []
for i in range(1, 4):
    row = {}
    for j in range(1, 4):
        middle = 5 * brightness[i, j]
        around = sum(brightness[i + d, j] + brightness[i, j + d] for d in (-1, 1))
        row[f"column {j - 1}"] = middle - around
    sharpened_rows.append(row)
# %% grade_id="corner_answer"
last_corner = "291"
# %% grade_id="filter_answer"
first_layer_parameters = "9,472"
deep_layer_parameters = 1180160.0
dense_layer_parameters = "4821600 parameters"
# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind != "max" and kind != "average":
        raise ValueError(kind)
    step = stride or window
    rows = []
    for top in range(0, image.shape[0] - window + 1, step):
        row = []
        for left in range(0, image.shape[1] - window + 1, step):
            numbers = [float(n) for line in image[top : top + window, left : left + window] for n in line]
            row.append(max(numbers) if kind == "max" else sum(numbers) / len(numbers))
        rows.append(row)
    return torch.tensor(rows, dtype=image.dtype)
# %% grade_id="shift_answer"
moved_dot = "C."
# %% grade_id="unpool_answer"
X = [[1, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]
Y = [[1, 2], [3, 4]]
pooled_rows = [[0, 0], [0, 0]]
unpooled_rows = [[0] * 4 for _ in range(4)]
for i in range(2):
    for j in range(2):
        spots = [(2 * i + a, 2 * j + b) for a in (0, 1) for b in (0, 1)]
        row, column = max(spots, key=lambda spot: X[spot[0]][spot[1]])
        pooled_rows[i][j] = X[row][column]
        unpooled_rows[row][column] = Y[i][j]
# %% grade_id="grown_answer"
grown_side = "16 px"
# %% grade_id="transposed_answer"
import numpy as np


def transposed_convolve(image, kernel, stride=1):
    x, w = image.numpy(), kernel.numpy()
    out = np.zeros(
        ((x.shape[0] - 1) * stride + w.shape[0], (x.shape[1] - 1) * stride + w.shape[1]), x.dtype
    )
    for (i, j), value in np.ndenumerate(x):
        for (a, b), weight in np.ndenumerate(w):
            out[i * stride + a, j * stride + b] += value * weight
    return out
