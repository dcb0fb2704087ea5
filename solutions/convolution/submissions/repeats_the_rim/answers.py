# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    padded = image
    for _ in range(padding):
        padded = torch.cat([padded[:1], padded, padded[-1:]])
        padded = torch.cat([padded[:, :1], padded, padded[:, -1:]], dim=1)
    patches = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (patches * kernel).sum((-2, -1))
