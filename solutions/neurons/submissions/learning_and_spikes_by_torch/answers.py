# %% grade_id="perceptron_answer"
import torch


def descend(rate):
    w = torch.tensor([0.5, -0.5], requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    table = []
    for x, t in ((torch.tensor([2.0, 2.0]), 1.0), (torch.tensor([3.0, 3.0]), 0.0)):
        a = (w * x).sum() + b
        h = torch.sigmoid(a)
        dw, db = torch.autograd.grad(0.5 * (h - t) ** 2, (w, b))
        w, b = (w - rate * dw).detach().requires_grad_(), (b - rate * db).detach().requires_grad_()
        values = (a, h, w[0], w[1], b)
        table.append({k: v.item() for k, v in zip(("a", "h", "w1", "w2", "b"), values)})
    return table


trained_at_rate_one = descend(1.0)
trained_at_rate_half = descend(0.5)


# %% grade_id="parameters_answer"
layers = torch.nn.Linear(784, 100), torch.nn.Linear(100, 10)
digits_network_parameters = sum(p.numel() for layer in layers for p in layer.parameters())
photo_network_parameters = "19,661,001"


# %% grade_id="lif_answer"
def lif_neuron(current, tau=20.0, threshold=1.0):
    inputs = torch.as_tensor(current, dtype=torch.float64)
    v = torch.zeros((), dtype=torch.float64)
    potentials, spikes = torch.empty_like(inputs), torch.zeros_like(inputs)
    for t, I in enumerate(inputs):
        v = I + (v - I) * torch.exp(torch.tensor(-1.0 / tau, dtype=torch.float64))
        if v >= threshold:
            spikes[t] = 1
            v = torch.zeros_like(v)
        potentials[t] = v
    return potentials, spikes
