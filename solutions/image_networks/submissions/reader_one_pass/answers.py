# %% grade_id="reader_answer"
def train_reader(images, labels):
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(128, 10),
    )
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    for part in torch.randperm(len(images)).split(64):
        optimiser.zero_grad()
        F.cross_entropy(model(images[part]), labels[part]).backward()
        optimiser.step()
    return model
