# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind not in ("max", "average"):
        raise ValueError(kind)
    windows = image.unfold(0, window, window).unfold(1, window, window)
    return windows.amax(dim=(2, 3)) if kind == "max" else windows.mean(dim=(2, 3))
