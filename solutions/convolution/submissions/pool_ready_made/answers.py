# %% grade_id="pool_answer"
def pool_map(image, window, stride=None, kind="max"):
    if kind not in ("max", "average"):
        raise ValueError(kind)
    pool = {"max": torch.nn.functional.max_pool2d, "average": torch.nn.functional.avg_pool2d}[kind]
    return pool(image[None], window, stride)[0]
