# %% grade_id="bptt_answer"
def bptt(x, target, W, U, V):
    h,y=forward(x,W,U,V)
    dW,dU,dV=torch.zeros_like(W),torch.zeros_like(U),torch.zeros_like(V)
    delta=torch.zeros_like(h[0])
    for t in range(len(x)-1,-1,-1):
        e=y[t]-target[t]
        dV+=e.T@h[t]
        delta=e@V+delta@U
        dW+=delta.T@x[t]
        if t>0: dU+=delta.T@h[t-1]
    return dW,dU,dV
