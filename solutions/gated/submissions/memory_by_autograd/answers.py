# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    f = forget.detach()
    added = torch.zeros_like(f, requires_grad=True)
    memory = torch.zeros_like(f[0])
    for gates, more in zip(f, added):
        memory = gates * memory + more
    return torch.autograd.grad(memory.sum(), added)[0]
