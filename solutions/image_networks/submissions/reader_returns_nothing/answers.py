# %% grade_id="reader_answer"
def train_reader(images, labels):
    model = nn.Sequential(nn.Flatten(), nn.Linear(196, 10))
    F.cross_entropy(model(images), labels).backward()
