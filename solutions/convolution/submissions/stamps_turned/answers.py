# %% grade_id="transposed_answer"
def transposed_convolve(image, kernel, stride=1):
    (H, W), (F, G) = image.shape, kernel.shape
    output = image.new_zeros((H - 1) * stride + F, (W - 1) * stride + G)
    for i in range(H):
        for j in range(W):
            output[i * stride : i * stride + F, j * stride : j * stride + G] += image[i, j] * kernel.flip(0, 1)
    return output
