# %% grade_id="forecaster_answer"
def train_forecaster(network, series):
    o = torch.optim.SGD(network.parameters(), lr=0.01)
    for _ in range(10):
        o.zero_grad()
        ((network(series[:-1]) - series[1:]) ** 2).mean().backward()
        o.step()
