# %% grade_id="lenet_answer"
def build_lenet(classes=10):
    nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1176, classes))
