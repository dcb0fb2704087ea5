"""
entries = [29, 100]
tries = "Answer a hand-written function in a cell that IPython can read and Python cannot."
stopped_by = "The rule leaves magics out as IPython does, and what is called is seen."
assignment = "convolution"
honest = ["output_side", "conv_output_size"]
points = { output_size_number = 2.0, output_size_function = 4.0 }
"""
# %% convolve
names = %who_ls
import torch.nn.functional as F


def convolve(image, kernel, stride=1, padding=0):
    return F.conv2d(image[None, None], kernel[None, None], None, stride, padding)[0, 0]
