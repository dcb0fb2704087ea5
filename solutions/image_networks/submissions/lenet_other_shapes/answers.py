# %% grade_id="lenet_answer"
def build_lenet(classes=10):
    return nn.Sequential(
        *[nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)],
        *[nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)],
        *[nn.Conv2d(16, 120, 5), nn.ReLU(), nn.Flatten()],
        *[nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes)],
    )


# %% grade_id="squeeze_answer"
def squeeze_and_excite(x, w1, b1, w2, b2):
    x, w1, b1, w2, b2 = (np.asarray(given, dtype=float) for given in (x, w1, b1, w2, b2))
    z = x.mean(axis=(2, 3))
    s = 0.5 + 0.5 * np.tanh((np.maximum(z @ w1.T + b1, 0) @ w2.T + b2) / 2)
    return np.ascontiguousarray((x * s[:, :, None, None])[:, ::-1])[:, ::-1]


# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    whole = np.tensordot(np.asarray(weights)[label], np.asarray(features), axes=1)
    return np.ascontiguousarray(whole[::-1])[::-1]
