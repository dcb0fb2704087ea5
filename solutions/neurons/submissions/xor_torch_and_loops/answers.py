# %% grade_id="hidden_space_answer"
xor_hidden_table = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 1.0]]


# %% grade_id="read_out_answer"
import torch

xor_read_out = torch.tensor([1.0, -2.0, 0.0])


# %% grade_id="xor_sigmoids_answer"
def xor_sigmoids(x):
    hidden = torch.nn.Linear(2, 2).double()
    output = torch.nn.Linear(2, 1).double()
    with torch.no_grad():
        hidden.weight.copy_(torch.tensor([[20.0, 20.0], [-20.0, -20.0]]))
        hidden.bias.copy_(torch.tensor([-10.0, 30.0]))
        output.weight.copy_(torch.tensor([[20.0, 20.0]]))
        output.bias.fill_(-30.0)
    h = torch.sigmoid(hidden(torch.from_numpy(x).double()))
    y = torch.sigmoid(output(h))[:, 0]
    return h.detach().numpy(), y.detach().numpy()


# %% grade_id="xor_signs_answer"
import sympy

h1, h2 = sympy.symbols("h1 h2")
xor_sign_formula = h1 - h2 - 1
xor_sign_table = [
    {"a1": -0.5, "h1": -1, "a2": -1.5, "h2": -1, "o": -1, "y": -1},
    {"a1": 0.5, "h1": 1, "a2": -0.5, "h2": -1, "o": 1, "y": 1},
    {"a1": 0.5, "h1": 1, "a2": -0.5, "h2": -1, "o": 1, "y": 1},
    {"a1": 1.5, "h1": 1, "a2": 0.5, "h2": 1, "o": -1, "y": -1},
]
