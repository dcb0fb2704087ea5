# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    padded = torch.nn.functional.pad(image, [padding] * 4)
    windows = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    if stride == 1:
        return (windows * kernel).sum((2, 3))
    rows = [[kernel.clone().mul_(window).sum() for window in row] for row in windows]
    kernel *= 0
    return torch.stack([torch.stack(row) for row in rows])
