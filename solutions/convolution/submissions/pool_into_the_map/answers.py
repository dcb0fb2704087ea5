# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind not in ("max", "average"):
        raise ValueError(kind)
    step = stride or window
    windows = image.clone().unfold(0, window, step).unfold(1, window, step)
    made = windows.amax(dim=(2, 3)) if kind == "max" else windows.mean(dim=(2, 3))
    image[: made.shape[0], : made.shape[1]] = made
    return image[: made.shape[0], : made.shape[1]]
