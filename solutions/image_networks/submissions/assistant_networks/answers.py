# %% grade_id="lenet_answer"
class LeNet5(nn.Module):
    """LeNet-5 convolutional neural network."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.feature_extractor = nn.Sequential(
            nn.Conv2d(in_channels=1, out_channels=6, kernel_size=5, stride=1, padding=0),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(in_channels=6, out_channels=16, kernel_size=5),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(in_features=16 * 5 * 5, out_features=120),
            nn.ReLU(inplace=True),
            nn.Linear(in_features=120, out_features=84),
            nn.ReLU(inplace=True),
            nn.Linear(in_features=84, out_features=num_classes),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute class scores."""
        if x.dim() != 4:
            raise ValueError(f"Expected a 4D tensor, got {x.dim()}D")
        return self.classifier(torch.flatten(self.feature_extractor(x), start_dim=1))


def build_lenet(classes: int = 10) -> nn.Module:
    """Build LeNet-5."""
    if classes < 1:
        raise ValueError("classes must be positive")
    return LeNet5(num_classes=classes)
# %% grade_id="bottleneck_answer"
H = W = 14
products_direct = H * W * 48 * (5**2) * 480
products_bottleneck = sum([H * W * 16 * 480, H * W * 48 * 5**2 * 16])
weights_bottleneck = sum(
    layer.weight.numel()
    for layer in (nn.Conv2d(480, 16, 1, bias=False), nn.Conv2d(16, 48, 5, bias=False))
)
# %% grade_id="inception_answer"
from typing import Dict, List, Optional


def inception_module(x: torch.Tensor, filters: Dict[str, torch.Tensor]) -> torch.Tensor:
    """Apply an inception module."""
    required = {"one", "three_reduce", "three", "five_reduce", "five", "pool"}
    missing = required - set(filters)
    if missing:
        raise KeyError(f"Missing filters: {sorted(missing)}")

    def conv_relu(inputs: torch.Tensor, key: str) -> torch.Tensor:
        kernel = filters[key]
        return F.relu(F.conv2d(inputs, kernel, bias=None, padding=kernel.size(-1) // 2))

    branch1 = conv_relu(x, "one")
    branch2 = conv_relu(conv_relu(x, "three_reduce"), "three")
    branch3 = conv_relu(conv_relu(x, "five_reduce"), "five")
    branch4 = conv_relu(F.max_pool2d(x, kernel_size=3, stride=1, padding=1), "pool")
    return torch.cat((branch1, branch2, branch3, branch4), dim=1)
# %% grade_id="residual_answer"
def residual_block(
    x: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, w_skip: Optional[torch.Tensor] = None
) -> torch.Tensor:
    """Compute a residual block without batch normalisation."""
    if x.ndim != 4:
        raise ValueError("x must have shape (B, C, H, W)")
    identity = x.clone() if w_skip is None else F.conv2d(x, w_skip)
    out = F.relu(F.conv2d(x, w1, padding=1), inplace=True)
    out = F.conv2d(out, w2, padding=1)
    if out.shape != identity.shape:
        raise ValueError(f"Shape mismatch: {out.shape} vs {identity.shape}")
    return F.relu(out + identity, inplace=True)
# %% grade_id="dense_maps_answer"
INITIAL, GROWTH, LAYERS = 64, 32, 6
maps_seen = INITIAL + (LAYERS - 1) * GROWTH
maps_out = INITIAL + LAYERS * GROWTH
# %% grade_id="dense_answer"
def dense_block(x: torch.Tensor, filters: List[torch.Tensor]) -> torch.Tensor:
    """Apply a dense block."""
    features = [x]
    for index, kernel in enumerate(filters):
        concatenated = torch.cat(features, dim=1)
        if kernel.size(1) != concatenated.size(1):
            raise ValueError(f"Layer {index}: expected {kernel.size(1)} channels")
        features.append(F.conv2d(F.relu(concatenated), kernel, padding=1))
    return torch.cat(features, dim=1)
# %% grade_id="squeeze_answer"
def squeeze_and_excite(
    x: torch.Tensor, w1: torch.Tensor, b1: torch.Tensor, w2: torch.Tensor, b2: torch.Tensor
) -> torch.Tensor:
    """Apply squeeze-and-excitation channel attention."""
    batch_size, channels, _, _ = x.size()
    squeezed = x.mean(dim=[-2, -1])
    hidden = torch.clamp(squeezed.matmul(w1.t()).add(b1), min=0.0)
    scale = torch.sigmoid(hidden.matmul(w2.t()).add(b2))
    return x * scale.view(batch_size, channels, 1, 1).expand_as(x)
# %% grade_id="cam_answer"
def activation_map(features: torch.Tensor, weights: torch.Tensor, label: int) -> np.ndarray:
    """Compute the class activation map for one class."""
    if not 0 <= label < weights.shape[0]:
        raise IndexError("label out of range")
    return np.tensordot(weights[label].numpy(), features.numpy(), axes=([0], [0]))
# %% grade_id="reader_answer"
from torch.utils.data import DataLoader, TensorDataset


class DigitCNN(nn.Module):
    """A small convolutional classifier."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 32, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(32 * 3 * 3, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


def train_reader(images: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    """Train the classifier and return it in evaluation mode."""
    torch.manual_seed(42)
    model = DigitCNN()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
    model.train()
    for _epoch in range(12):
        running_loss = 0.0
        for batch_images, batch_labels in loader:
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(batch_images), batch_labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
    print(f"final loss {running_loss / len(loader):.3f}")
    model.eval()
    return model
