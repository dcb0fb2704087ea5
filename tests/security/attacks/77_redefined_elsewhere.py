"""
entries = [29, 77]
tries = "Answer by hand, and replace the function further down in the same cell by one of the library's."
stopped_by = "The rule reads whatever binds the answer's name, and what is called is seen."
assignment = "convolution"
honest = ["output_side", "conv_output_size"]
points = { output_size_number = 2.0, output_size_function = 4.0 }
"""
# %% convolve
import torch
import torch.nn.functional as F


def convolve(image, kernel, stride=1, padding=0):
    padded = torch.zeros(image.shape[0] + 2 * padding, image.shape[1] + 2 * padding)
    padded[padding : padding + image.shape[0], padding : padding + image.shape[1]] = image
    windows = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (windows * kernel).sum((2, 3))


by_hand = convolve


def convolve(image, kernel, stride=1, padding=0):
    return F.conv2d(image[None, None], kernel[None, None], None, stride, padding)[0, 0]
