# %% grade_id="output_side"
from decimal import Decimal
output_side = Decimal("3")

# %% grade_id="conv_output_size"
class BadConvolution(ValueError):
    pass
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if not (size >= 1 and kernel >= 1 and stride >= 1 and dilation >= 1 and padding >= 0):
        raise BadConvolution("no such convolution")
    places, _left_over = divmod(size + 2 * padding - dilation * (kernel - 1) - 1, stride)
    if size + 2 * padding < dilation * (kernel - 1) + 1:
        raise BadConvolution("filter too wide")
    return places + 1

# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    big = torch.nn.functional.pad(image, [padding] * 4).contiguous()
    fh, fw = kernel.shape
    h, w = (big.shape[0] - fh) // stride + 1, (big.shape[1] - fw) // stride + 1
    s0, s1 = big.stride()
    v = big.as_strided((h, w, fh, fw), (s0 * stride, s1 * stride, s0, s1))
    return torch.tensordot(v, kernel.to(big.dtype), dims=2)
