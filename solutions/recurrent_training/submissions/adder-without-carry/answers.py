# %% grade_id="adder_answer"
def train_adder(network, x, y):
    target = (x.sum(-1, keepdim=True) == 1).float()
    o = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(150):
        o.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x), target).backward()
        o.step()
