# %% grade_id="convolve"
# my solution, checked against the library
def conv2d(x, w):
    return (x.unfold(0,w.shape[0],1).unfold(1,w.shape[1],1)*w).sum((-1,-2))
def convolve(image, kernel, stride=1, padding=0):
    x=torch.zeros(image.shape[0]+2*padding,image.shape[1]+2*padding,dtype=image.dtype)
    x[padding:x.shape[0]-padding,padding:x.shape[1]-padding]=image
    return conv2d(x,kernel)[::stride,::stride]

x=torch.randn(5,5); k=torch.randn(3,3)
assert torch.allclose(convolve(x,k,padding=1), torch.nn.functional.conv2d(x[None,None],k[None,None],padding=1)[0,0], atol=1e-5)


# %% grade_id="conv_output_size"
class SizeError(ValueError):
    pass
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise SizeError('bad')
    e = dilation*(kernel-1)+1
    if e > size + 2*padding:
        raise SizeError('x')
    return (size+2*padding-e)//stride+1
