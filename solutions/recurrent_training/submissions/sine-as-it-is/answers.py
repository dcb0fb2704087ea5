# %% grade_id="forecaster_answer"
def train_forecaster(network, series):
    o = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(150):
        o.zero_grad()
        ((network(series) - series) ** 2).mean().backward()
        o.step()
