# %% grade_id="output_side"
output_side = len(range(0, 5 + 2 - 3 + 1, 2))


# %% grade_id="conv_output_size"
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if any(value < 1 for value in (size, kernel, stride, dilation)) or padding < 0:
        raise ValueError("settings must be positive, padding must not be negative")
    last_weight = dilation * (kernel - 1)
    stops = [
        start
        for start in range(-padding, size + padding, stride)
        if start + last_weight < size + padding
    ]
    if not stops:
        raise ValueError("the filter does not fit")
    return len(stops)


# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    padded = torch.nn.functional.pad(image, (padding,) * 4)
    patches = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return torch.einsum("ijab,ab->ij", patches, kernel)
