# %% grade_id="exploding_answer"
def train_exploding(network, x, y):
    o = torch.optim.SGD(network.parameters(), lr=1e-6)
    for _ in range(150):
        o.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        o.step()
