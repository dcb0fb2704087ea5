# %% grade_id="transposed_answer"
def transposed_convolve(image, kernel, stride=1):
    return torch.nn.functional.conv_transpose2d(image[None, None], kernel[None, None], stride=stride)[0, 0]
