"""
entries = [29, 77]
tries = "Answer by hand, and replace the function in a later cell by one of the library's."
stopped_by = "The rule reads whatever binds the answer's name, and what is called is seen."
assignment = "convolution"
honest = ["output_side", "conv_output_size", "convolve"]
points = { output_size_number = 2.0, output_size_function = 4.0 }
says = ["in line 5 of its cell"]
"""
# %% last
import torch.nn.functional as F


def convolve(image, kernel, stride=1, padding=0):
    return F.conv2d(image[None, None], kernel[None, None], None, stride, padding)[0, 0]
