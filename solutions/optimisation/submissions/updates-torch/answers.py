# %% grade_id="sgd_answer"
def sgd_update(w, g, eta):
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    torch.optim.SGD([p], lr=eta).step()
    return p.data


# %% grade_id="momentum_answer"
def momentum_update(w, g, v, eta, gamma=0.9):
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    o = torch.optim.SGD([p], lr=eta, momentum=gamma)
    o.state[p]["momentum_buffer"] = v / eta
    o.step()
    return p, o.state[p]["momentum_buffer"] * eta


# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    p = torch.nn.Parameter(w - gamma * v)
    p.grad = gradient(p.detach())
    o = torch.optim.SGD([p], lr=eta, momentum=gamma)
    o.state[p]["momentum_buffer"] = v / eta
    o.step()
    new = o.state[p]["momentum_buffer"] * eta
    return w - new, new


# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    o = torch.optim.Adagrad([p], lr=eta, eps=epsilon)
    o.state[p]["sum"] = G.clone()
    o.step()
    return p.detach(), o.state[p]["sum"]


# %% grade_id="rmsprop_answer"
def rmsprop_update(w, g, E, eta=0.01, gamma=0.9, epsilon=1e-8):
    E = torch.lerp(g.square(), E, gamma)
    return torch.addcdiv(w, g, E.sqrt().add(epsilon), value=-eta), E


# %% grade_id="adadelta_answer"
def adadelta_update(w, g, E_g, E_delta, rho=0.9, epsilon=1e-6):
    E_g = E_g.mul(rho).addcmul(g, g, value=1 - rho)
    delta = E_delta.add(epsilon).sqrt().div(E_g.add(epsilon).sqrt()).mul(g)
    return w.sub(delta), E_g, E_delta.mul(rho).addcmul(delta, delta, value=1 - rho)


# %% grade_id="adam_answer"
def adam_update(w, g, m, v, t, eta=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    p = torch.nn.Parameter(w.clone())
    p.grad = g.clone()
    o = torch.optim.Adam([p], lr=eta, betas=(beta1, beta2), eps=epsilon)
    o.state[p] = {"step": torch.tensor(float(t - 1)), "exp_avg": m.clone(), "exp_avg_sq": v.clone()}
    o.step()
    return p, o.state[p]["exp_avg"], o.state[p]["exp_avg_sq"]


# %% grade_id="adam_first_answer"
w1, m1, v1 = adam_update(*[torch.tensor([x]) for x in (0.0, 0.04, 0.0, 0.0)], 1)
first_step_corrected = abs(w1.item())
first_step_plain = 0.001 * m1 / v1.sqrt()
