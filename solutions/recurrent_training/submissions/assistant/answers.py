# %% grade_id="carry_answer"
lowest_first = "C"

# %% grade_id="adder_answer"
from torch.utils.data import DataLoader, TensorDataset


def train_adder(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    """Train the network to add binary numbers.

    Args:
        network: The model to train in place.
        x: Input bits of shape (T, B, 2).
        y: Target bits of shape (T, B, 1).

    Returns:
        The trained network.
    """
    if x.shape[:2] != y.shape[:2]:
        raise ValueError("x and y must agree in steps and batch")
    dataset = TensorDataset(x.transpose(0, 1), y.transpose(0, 1))
    loader = DataLoader(dataset, batch_size=50, shuffle=True)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    network.train()
    for _ in range(80):
        for batch_x, batch_y in loader:
            optimizer.zero_grad()
            logits = network(batch_x.transpose(0, 1))
            loss = criterion(logits, batch_y.transpose(0, 1))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), max_norm=1.0)
            optimizer.step()
    network.eval()
    return network

# %% grade_id="exploding_answer"
def train_exploding(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> None:
    """Reinitialise the weights sensibly, then train with gradient clipping."""
    for name, parameter in network.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(parameter)
        elif parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
        else:
            nn.init.zeros_(parameter)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    criterion = nn.BCEWithLogitsLoss()
    for _ in range(400):
        optimizer.zero_grad()
        loss = criterion(network(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), max_norm=1.0)
        optimizer.step()

# %% grade_id="forecaster_answer"
def train_forecaster(network: nn.Module, series: torch.Tensor, epochs: int = 250, lr: float = 0.01) -> list:
    """Train for one-step-ahead prediction and return the losses."""
    if series.dim() != 3:
        raise ValueError("series must have shape (T + 1, B, 1)")
    inputs, targets = series[:-1], series[1:]
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = criterion(network(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

# %% grade_id="continue_answer"
@torch.no_grad()
def continue_series(network: nn.Module, start: torch.Tensor, steps: int) -> torch.Tensor:
    """Generate `steps` values autoregressively."""
    if steps < 1:
        raise ValueError("steps must be positive")
    predictions = []
    hidden = None
    current = start
    for _ in range(steps):
        states, hidden = network.recurrent(current, hidden)
        current = network.read_out(states[-1:])
        predictions.append(current)
    return torch.cat(predictions, dim=0)
