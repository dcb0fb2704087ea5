# %% grade_id="lenet_answer"
class LeNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.output = nn.Linear(84, classes)
        self.hidden2 = nn.Linear(120, 84)
        self.hidden1 = nn.Linear(16 * 5 * 5, 120)
        self.second = nn.Conv2d(6, 16, kernel_size=5)
        self.first = nn.Conv2d(1, 6, kernel_size=5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.hidden1(x))
        x = F.relu(self.hidden2(x))
        return self.output(x)


def build_lenet(classes=10):
    return LeNet(classes)
# %% grade_id="bottleneck_answer"
products_direct = "112,896,000"
products_bottleneck = "5268480"
weights_bottleneck = 26880.0
# %% grade_id="inception_answer"
class Inception(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.filters = filters

    def layer(self, x, name):
        weight = self.filters[name]
        side = weight.shape[-1]
        convolution = nn.Conv2d(weight.shape[1], weight.shape[0], side, padding=side // 2, bias=False)
        convolution.weight = nn.Parameter(weight)
        return torch.relu(convolution(x))

    def forward(self, x):
        pooled = nn.MaxPool2d(3, stride=1, padding=1)(x)
        branches = [
            self.layer(x, "one"),
            self.layer(self.layer(x, "three_reduce"), "three"),
            self.layer(self.layer(x, "five_reduce"), "five"),
            self.layer(pooled, "pool"),
        ]
        return torch.cat(branches, 1)


def inception_module(x, filters):
    with torch.no_grad():
        return Inception(filters)(x)
# %% grade_id="residual_answer"
def residual_block(x, w1, w2, w_skip=None):
    shortcut = x
    if w_skip is not None:
        shortcut = torch.einsum("oc,bchw->bohw", w_skip[:, :, 0, 0], x)
    out = F.conv2d(x, w1, stride=1, padding="same")
    out = out.clamp(min=0)
    out = F.conv2d(out, w2, stride=1, padding="same")
    out += shortcut
    return out.clamp(min=0)
# %% grade_id="dense_maps_answer"
maps_seen, maps_out = "224 maps", "256"
# %% grade_id="dense_answer"
def dense_block(x, filters):
    parts = [x]
    for weight in filters:
        seen = torch.cat(parts, 1).clamp(min=0)
        parts.append(F.conv2d(seen, weight, padding=1))
    return torch.cat(parts, 1)
# %% grade_id="squeeze_answer"
def squeeze_and_excite(x, w1, b1, w2, b2):
    out = torch.empty_like(x)
    for i, image in enumerate(x):
        z = image.flatten(1).mean(dim=1)
        s = torch.sigmoid(w2 @ torch.relu(w1 @ z + b1) + b2)
        for c in range(len(image)):
            out[i, c] = s[c] * image[c]
    return out
# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    K, H, W = features.shape
    total = [[0.0] * W for _ in range(H)]
    for k in range(K):
        for i in range(H):
            for j in range(W):
                total[i][j] += float(weights[label, k]) * float(features[k, i, j])
    return total
# %% grade_id="reader_answer"
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 16, 3, padding=1)
        self.b = nn.Conv2d(16, 32, 3, padding=1)
        self.c = nn.Linear(32 * 9, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.a(x)), 2)
        x = F.max_pool2d(F.relu(self.b(x)), 2)
        return self.c(x.flatten(1))


def train_reader(images, labels):
    torch.manual_seed(0)
    model = Reader()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _epoch in range(14):
        order = torch.randperm(len(images))
        for start in range(0, len(images), 64):
            part = order[start : start + 64]
            loss = F.cross_entropy(model(images[part]), labels[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model
