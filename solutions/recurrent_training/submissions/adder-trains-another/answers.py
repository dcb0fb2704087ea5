# %% grade_id="adder_answer"
def train_adder(network, x, y):
    another = make_network(2, 3)
    o = torch.optim.Adam(another.parameters(), lr=0.02)
    for _ in range(150):
        o.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(another(x), y).backward()
        o.step()
    return another
