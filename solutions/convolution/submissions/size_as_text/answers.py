# %% grade_id="conv_output_size"
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if min(size, kernel, stride, dilation) < 1 or padding < 0: raise ValueError("x")
    span = dilation * (kernel - 1) + 1
    if span > size + 2 * padding: raise ValueError("y")
    return str((size + 2 * padding - span) // stride + 1)
