# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    return torch.cat([torch.ones_like(forget[:1]), forget[:-1].cumprod(0)])
