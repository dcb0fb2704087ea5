# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    later = torch.cat([forget[1:], torch.ones_like(forget[:1])])
    return later.flip(0).cumsum(0).flip(0)
