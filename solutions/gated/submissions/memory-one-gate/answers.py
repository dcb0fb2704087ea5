# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    return torch.cat([forget[1:], torch.ones_like(forget[:1])])
