# %% grade_id="reader_answer"
def train_reader(images, labels):
    model = nn.Sequential(nn.Flatten(), nn.Linear(196, 10))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(8):
        for part in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            F.cross_entropy(model(images[part]), labels[part]).backward()
            optimiser.step()
    return model
