# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind not in ("max", "average"):
        raise ValueError(kind)
    step = stride or window
    windows = image.unfold(0, window, step).unfold(1, window, step)
    return windows.amax(dim=(2, 3)) if kind == "max" else windows.sum(dim=(2, 3)) / window
