# %% grade_id="exploding_answer"
def train_exploding(network, x, y):
    for p in network.parameters():
        nn.init.zeros_(p)
    o = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(150):
        o.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), y).backward()
        o.step()
