# %% grade_id="reader_answer"
def train_reader(images, labels):
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(128, 10),
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(2):
        images, labels = images[torch.randperm(len(images))], labels[torch.randperm(len(labels))]
        for start in range(0, len(images), 64):
            optimiser.zero_grad()
            F.cross_entropy(model(images[start : start + 64]), labels[start : start + 64]).backward()
            optimiser.step()
    return model
