# %% grade_id="exploding_answer"
def train_exploding(network, x, y):
    network = make_network(2, 1)
    o = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(150):
        o.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        o.step()
