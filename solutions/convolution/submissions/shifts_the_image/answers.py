# %% grade_id="output_side"
output_side = 3.0


# %% grade_id="conv_output_size"
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    settings = {"size": size, "kernel": kernel, "stride": stride, "dilation": dilation}
    bad = [name for name, value in settings.items() if value <= 0]
    if bad or padding < 0:
        raise ValueError(f"cannot be: {bad or 'padding'}")
    places = size + 2 * padding - dilation * (kernel - 1)
    if places < 1:
        raise ValueError("the filter is larger than the padded image")
    return -(-places // stride)


# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    rows, columns = image.shape
    frame = torch.zeros(rows + 2 * padding, columns + 2 * padding, dtype=image.dtype)
    frame[padding : padding + rows, padding : padding + columns] += image
    down = frame.shape[0] - kernel.shape[0] + 1
    right = frame.shape[1] - kernel.shape[1] + 1
    total = 0
    for a, line in enumerate(kernel):
        for c, weight in enumerate(line):
            total = total + weight * frame[a : a + down : stride, c : c + right : stride]
    return total
