# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind not in ("max", "average"):
        raise ValueError(kind)
    stride = stride or window
    rows, columns = ((n - window) // stride + 1 for n in image.shape)
    out = image.new_zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            patch = image[i * stride : i * stride + window, j * stride : j * stride + window]
            if kind == "average":
                out[i, j] = patch.mean()
            for number in patch.flatten():
                if kind == "max" and number > out[i, j]:
                    out[i, j] = number
    return out
