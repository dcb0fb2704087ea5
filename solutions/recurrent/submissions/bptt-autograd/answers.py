# %% grade_id="bptt_answer"
def bptt(x, target, W, U, V):
    ws=[w.clone().requires_grad_() for w in (W,U,V)]
    h,y=forward(x,*ws)
    E=((y-target)**2).sum()/2
    E.backward()
    return tuple(w.grad if w.grad is not None else torch.zeros_like(w) for w in ws)
