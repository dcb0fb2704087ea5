# %% grade_id="reader_answer"
def train_reader(images, labels):
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(48, 10)
    )
