# %% grade_id="carry_answer"
lowest_first = "c)"

# %% grade_id="adder_answer"
def train_adder(network, x, y):
    o = torch.optim.AdamW(network.parameters(), lr=0.03)
    loss, rounds = torch.tensor(1.0), 0
    while loss > 0.005 and rounds < 600:
        o.zero_grad()
        loss = nn.BCEWithLogitsLoss()(network(x), y)
        loss.backward()
        o.step()
        rounds += 1
    print(rounds, float(loss.detach()))

# %% grade_id="exploding_answer"
def train_exploding(network, x, y):
    network.recurrent.reset_parameters()
    network.read_out.reset_parameters()
    train_adder(network, x, y)

# %% grade_id="forecaster_answer"
def train_forecaster(network, series):
    o = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(120):
        for waves_of_ten in series.split(25, dim=1):
            o.zero_grad()
            nn.functional.mse_loss(network(waves_of_ten[:-1]), waves_of_ten[1:]).backward()
            o.step()

# %% grade_id="continue_answer"
import numpy as np


def continue_series(network, start, steps):
    W, U, b, c, V, d = (p.detach().numpy() for p in network.parameters())
    h = np.zeros((start.shape[1], len(U)), dtype=np.float32)
    for value in start.numpy():
        h = np.tanh(value @ W.T + b + h @ U.T + c)
    out = []
    for _ in range(steps):
        value = h @ V.T + d
        out.append(value)
        h = np.tanh(value @ W.T + b + h @ U.T + c)
    return np.stack(out)
