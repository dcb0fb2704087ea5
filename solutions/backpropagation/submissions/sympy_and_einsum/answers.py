# %% grade_id="dz_dx"
import sympy

first, second = sympy.symbols("x y")
dz_dx = sympy.diff((first + second) ** 2, first)


# %% grade_id="graph_tables"
def result(a=3, b=2, c=4, d=5):
    return a * b + c * d


node_values = {"g": result(), "f": 4 * 5, "e": 3 * 2}
node_derivatives = {"e": 1, "f": 1, "g": 1}
for name, number in {"a": 3, "b": 2, "c": 4, "d": 5}.items():
    node_derivatives[name] = result(**{name: number + 1}) - result()


# %% grade_id="network_gradients"
def network_gradients(X, T, W1, W2):
    H = torch.sigmoid(X @ W1.T)
    Y = H @ W2.T
    error = Y - T
    slope = torch.exp(-(X @ W1.T)) * H**2
    inner = torch.einsum("bk,kh,bh,bd->hd", error, W2, slope, X)
    return inner, torch.einsum("bk,bh->kh", error, H)
