# %% grade_id="output_side"
output_side = (5 + 1 - 3) / 2 + 1


# %% grade_id="conv_output_size"
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError("a setting is too small")
    room = size + padding - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride + 1


# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    padded = torch.nn.functional.pad(image, (padding, 0, padding, 0))
    patches = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (patches * kernel).sum((-2, -1))
