# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    parameter = torch.nn.Parameter(torch.zeros_like(gradient))
    parameter.grad = gradient.clone()
    torch.nn.utils.clip_grad_norm_([parameter], threshold)
    return parameter.grad
