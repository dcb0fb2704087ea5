# %% grade_id="transposed_answer"
def transposed_convolve(image, kernel, stride=1):
    return torch.kron(image, kernel)
