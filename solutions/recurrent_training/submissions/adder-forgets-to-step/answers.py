# %% grade_id="adder_answer"
def train_adder(network, x, y):
    o = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(50):
        o.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(x), y)
        loss.backward()
