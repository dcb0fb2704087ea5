# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    pad=torch.zeros(image.shape[0]+2*padding,image.shape[1]+2*padding,dtype=image.dtype,requires_grad=False)
    pad[padding:padding+image.shape[0],padding:padding+image.shape[1]]=image
    Hf=torch.fft.rfft2(pad)
    Kf=torch.fft.rfft2(kernel,s=pad.shape)
    full=torch.fft.irfft2(Hf*Kf.conj(),s=pad.shape)
    oh=pad.shape[0]-kernel.shape[0]+1; ow=pad.shape[1]-kernel.shape[1]+1
    return full[:oh:stride,:ow:stride]


# %% grade_id="conv_output_size"
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError('bad')
    span = dilation*(kernel-1)+1
    count = 0
    pos = 0
    while pos + span <= size+2*padding:
        count += 1
        pos += stride
    if count == 0:
        raise ValueError
    return count


# %% grade_id="output_side"
output_side = '3 pixels'
