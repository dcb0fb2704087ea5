# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind not in ("max", "average"):
        raise ValueError(kind)
    if stride is None:
        stride = 2 if window == 2 else 1
    windows = image.unfold(0, window, stride).unfold(1, window, stride)
    return windows.amax(dim=(2, 3)) if kind == "max" else windows.mean(dim=(2, 3))
