# %% grade_id="lenet_answer"
def build_lenet(classes=10):
    features = nn.Sequential()
    for before, behind in ((1, 6), (6, 16)):
        features.extend([nn.Conv2d(before, behind, 5), nn.ReLU(), nn.MaxPool2d(2, 2)])
    head = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes)]
    return nn.Sequential(features, nn.Flatten(), *head)
# %% grade_id="bottleneck_answer"
def products(maps_in, maps_out, side, size=14):
    return size * size * maps_out * side * side * maps_in


products_direct = products(480, 48, 5)
products_bottleneck = products(480, 16, 1) + products(16, 48, 5)
weights_bottleneck = products(480, 16, 1, size=1) + products(16, 48, 5, size=1)
# %% grade_id="inception_answer"
def laid(x, weight):
    side = weight.shape[-1]
    B, C, H, W = x.shape
    rim = side // 2
    windows = F.unfold(x, side, padding=rim)
    return (weight.flatten(1) @ windows).reshape(B, -1, H, W).relu()


def inception_module(x, filters):
    low = F.pad(x, (1, 1, 1, 1), value=-float("inf"))
    pooled = low.unfold(2, 3, 1).unfold(3, 3, 1).amax(dim=(-2, -1))
    out = {"one": laid(x, filters["one"]), "pool": laid(pooled, filters["pool"])}
    for name in ("three", "five"):
        out[name] = laid(laid(x, filters[name + "_reduce"]), filters[name])
    return torch.cat([out[name] for name in ("one", "three", "five", "pool")], dim=1)
# %% grade_id="residual_answer"
def residual_block(x, w1, w2, w_skip=None):
    def conv(maps, weight):
        return F.conv2d(maps, weight, padding=weight.shape[-1] // 2)

    skip = conv(x, w_skip) if w_skip is not None else x
    y = conv(torch.relu(conv(x, w1)), w2) + skip
    return y * (y > 0)
# %% grade_id="dense_maps_answer"
seen = [64]
for _layer in range(6):
    seen.append(seen[-1] + 32)
maps_seen, maps_out = seen[5], seen[-1]
# %% grade_id="dense_answer"
def dense_block(x, filters):
    if not filters:
        return x
    new = F.conv2d(torch.relu(x), filters[0], padding=1)
    return dense_block(torch.concatenate((x, new), axis=1), filters[1:])
# %% grade_id="squeeze_answer"
def squeeze_and_excite(x, w1, b1, w2, b2):
    z = F.adaptive_avg_pool2d(x, 1).flatten(1)
    s = torch.sigmoid(F.linear(F.relu(F.linear(z, w1, b1)), w2, b2))
    return torch.einsum("bchw,bc->bchw", x, s)
# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    K, H, W = features.shape
    return (weights[label : label + 1] @ features.reshape(K, H * W)).reshape(H, W)
# %% grade_id="reader_answer"
def train_reader(images, labels):
    model = nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(8):
        for part in torch.randperm(len(images)).split(50):
            loss = F.cross_entropy(model(images[part]), labels[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model.eval()
