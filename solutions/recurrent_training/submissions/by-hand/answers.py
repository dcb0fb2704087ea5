# %% grade_id="carry_answer"
lowest_first = ["c"]

# %% grade_id="adder_answer"
def train_adder(network, x, y):
    parameters = list(network.parameters())
    means = [torch.zeros_like(p) for p in parameters]
    squares = [torch.zeros_like(p) for p in parameters]
    for t in range(1, 301):
        p_one = torch.sigmoid(network(x)).clamp(1e-6, 1 - 1e-6)
        loss = -(y * p_one.log() + (1 - y) * (1 - p_one).log()).mean()
        for p, m, v, g in zip(parameters, means, squares, torch.autograd.grad(loss, parameters)):
            m.mul_(0.9).add_(0.1 * g)
            v.mul_(0.99).add_(0.01 * g * g)
            p.data -= 0.02 * (m / (1 - 0.9**t)) / ((v / (1 - 0.99**t)).sqrt() + 1e-8)

# %% grade_id="exploding_answer"
def train_exploding(network, x, y):
    for p in network.parameters():
        p.data *= 0.2
    train_small(network, x, y)


def train_small(network, x, y):
    o = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(500):
        o.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(x), y)
        loss.backward()
        o.step()

# %% grade_id="forecaster_answer"
def train_forecaster(network, series):
    o = torch.optim.RMSprop(network.parameters(), lr=0.003)
    for _ in range(300):
        guess = network(series[:-1])
        loss = torch.mean((guess[3:] - series[4:]) ** 2)
        network.zero_grad()
        loss.backward()
        o.step()

# %% grade_id="continue_answer"
def continue_series(network, start, steps):
    whole = start
    for _ in range(steps):
        whole = torch.cat([whole, network(whole)[-1:]])
    return whole[len(start):]
