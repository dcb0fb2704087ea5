# %% grade_id="output_side"
output_side = (5 + 2 * 1 - 3) // 2


# %% grade_id="conv_output_size"
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError("a setting is too small")
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        raise ValueError("the filter does not fit")
    return room // stride
