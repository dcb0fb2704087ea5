# %% grade_id="neuron_answer"
import torch

functions = {
    "step": lambda a: a >= 0,
    "sign": lambda a: 2 * (a >= 0).double() - 1,
    "linear": lambda a: a,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


def neuron_output(x, w, b, activation="step"):
    if activation not in functions:
        raise ValueError(f"unknown activation {activation}; known: {', '.join(functions)}")
    x, w = torch.tensor(x).double(), torch.tensor(w).double()
    return functions[activation](torch.einsum("...d,d->...", x, w) + b)


# %% grade_id="gate_weights"
and_weights = np.array([0.7, 0.1, -0.8])
or_weights = torch.tensor([1.0, 0.1, -0.1])


# %% grade_id="why_not_answer"
why_not_xor = ["C"]
