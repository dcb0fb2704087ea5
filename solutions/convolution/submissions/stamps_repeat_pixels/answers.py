# %% grade_id="transposed_answer"
def transposed_convolve(image, kernel, stride=1):
    (H, W), (F, G) = image.shape, kernel.shape
    large = image.repeat_interleave(stride, 0).repeat_interleave(stride, 1)
    large = large[: (H - 1) * stride + 1, : (W - 1) * stride + 1]
    padded = image.new_zeros(large.shape[0] + 2 * F - 2, large.shape[1] + 2 * G - 2)
    padded[F - 1 : F - 1 + large.shape[0], G - 1 : G - 1 + large.shape[1]] = large
    return (padded.unfold(0, F, 1).unfold(1, G, 1) * kernel.flip(0, 1)).sum(dim=(2, 3))
