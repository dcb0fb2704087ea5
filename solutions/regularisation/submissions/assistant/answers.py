# %% grade_id="start_bounds_answer"
n_in, n_out = 100, 50
xavier_uniform_bound = math.sqrt(6.0 / (n_in + n_out))
he_normal_deviation = round(math.sqrt(2.0 / n_in), 6)

# %% grade_id="start_bound_answer"
from typing import Sequence, Tuple


def _fans(shape: Sequence[int]) -> Tuple[int, int]:
    """Compute fan-in and fan-out."""
    if len(shape) < 2:
        raise ValueError("shape must have at least two dimensions")
    receptive_field = 1
    for size in shape[2:]:
        receptive_field *= size
    return shape[1] * receptive_field, shape[0] * receptive_field


def uniform_start_bound(shape: Sequence[int], scheme: str = "xavier") -> float:
    """Return the bound of the uniform initialisation.

    Raises:
        ValueError: If the scheme is unknown.
    """
    fan_in, fan_out = _fans(shape)
    variances = {"xavier": 2.0 / (fan_in + fan_out), "he": 2.0 / fan_in}
    if scheme not in variances:
        raise ValueError(f"Unknown scheme: {scheme!r}. Expected one of {sorted(variances)}")
    return math.sqrt(3.0 * variances[scheme])

# %% grade_id="rings_answer"
def train_rings(network: nn.Sequential, x: torch.Tensor, y: torch.Tensor) -> None:
    """Initialise with Xavier and train with mini-batches."""

    def init_weights(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight)
            nn.init.zeros_(module.bias)

    network.apply(init_weights)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=100, shuffle=True)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    network.train()
    for _ in range(70):
        for batch_x, batch_y in loader:
            optimizer.zero_grad()
            loss = criterion(network(batch_x), batch_y)
            loss.backward()
            optimizer.step()

# %% grade_id="batch_norm_answer"
def batch_norm(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, epsilon: float = 1e-5) -> torch.Tensor:
    """Apply batch normalisation over the batch dimension."""
    if x.dim() != 2:
        raise ValueError(f"expected a 2D input, got {x.dim()}D")
    mean = torch.mean(x, dim=0, keepdim=True)
    var = torch.var(x, dim=0, unbiased=False, keepdim=True)
    x_hat = (x - mean) * torch.rsqrt(var + epsilon)
    return gamma.unsqueeze(0) * x_hat + beta.unsqueeze(0)

# %% grade_id="running_answer"
def update_statistics(m, v, x, alpha: float = 0.1):
    """Update running statistics with an exponential moving average."""
    if x.shape[0] < 2:
        raise ValueError("need at least two examples")
    batch_mean, batch_var = x.mean(dim=0), x.var(dim=0, unbiased=True)
    return torch.lerp(m, batch_mean, alpha), torch.lerp(v, batch_var, alpha)


def batch_norm_test(x, m, v, gamma, beta, epsilon: float = 1e-5):
    """Normalise with the stored statistics."""
    return torch.nn.functional.batch_norm(x, m, v, gamma, beta, training=False, eps=epsilon)

# %% grade_id="variances_answer"
_batch = torch.tensor([2.0, 4.0, 9.0], dtype=torch.float64)
normalised_nine = ((_batch[2] - _batch.mean()) / _batch.std(unbiased=False)).item()
running_variance = 0.9 * 1.0 + 0.1 * _batch.var(unbiased=True).item()

# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon: float = 1e-5):
    """Backward pass of batch normalisation, step by step."""
    if g.shape != x.shape:
        raise ValueError("g and x must have the same shape")
    B = x.shape[0]
    centred = x - x.mean(dim=0)
    inv_std = 1.0 / torch.sqrt((centred**2).mean(dim=0) + epsilon)
    x_hat = centred * inv_std
    d_beta = g.sum(dim=0)
    d_gamma = (g * x_hat).sum(dim=0)
    d_x_hat = g * gamma
    d_var = (d_x_hat * centred * -0.5 * inv_std**3).sum(dim=0)
    d_mean = (-d_x_hat * inv_std).sum(dim=0) + d_var * (-2.0 * centred).mean(dim=0)
    d_x = d_x_hat * inv_std + d_var * 2.0 * centred / B + d_mean / B
    return d_x, d_gamma, d_beta

# %% grade_id="dropout_answer"
def dropout(x: torch.Tensor, u: torch.Tensor, p: float = 0.5, training: bool = True) -> torch.Tensor:
    """Inverted dropout with the given uniform draws."""
    if not 0.0 <= p < 1.0:
        raise ValueError("p must be in [0, 1)")
    if not training or p == 0.0:
        return x.clone()
    keep = (u >= p).to(x.dtype)
    return x * keep * (1.0 / (1.0 - p))

# %% grade_id="stopping_answer"
def when_to_stop(losses, patience: int = 3) -> Tuple[int, int]:
    """Simulate early stopping.

    Returns:
        (stopped_epoch, best_epoch)
    """
    if not losses:
        raise ValueError("losses must not be empty")
    if patience < 1:
        raise ValueError("patience must be at least 1")
    best_loss, best_epoch, wait = float("inf"), 0, 0
    for epoch, loss in enumerate(losses):
        if not math.isnan(loss) and loss < best_loss:
            best_loss, best_epoch, wait = loss, epoch, 0
        else:
            wait += 1
            if wait >= patience:
                return epoch, best_epoch
    return len(losses) - 1, best_epoch

# %% grade_id="operators_answer"
from typing import Dict, List


def swap_words(words: List[str], count: int, seed: int) -> List[str]:
    """Randomly swap words `count` times."""
    rng = random.Random(seed)
    result = words.copy()
    if len(result) < 2:
        return result
    for _ in range(count):
        first = rng.randrange(len(result))
        second = rng.randrange(len(result))
        while second == first:
            second = rng.randrange(len(result))
        result[first], result[second] = result[second], result[first]
    return result


def delete_words(words: List[str], rate: float, seed: int) -> List[str]:
    """Randomly delete words."""
    if not 0.0 <= rate <= 1.0:
        raise ValueError("rate must be between 0 and 1")
    rng = random.Random(seed)
    kept = [word for word in words if rng.random() > rate]
    if not kept:
        kept.append(rng.choice(words))
    return kept


def replace_words(words: List[str], count: int, synonyms: Dict[str, List[str]], stop_words, seed: int):
    """Replace up to `count` words with synonyms."""
    rng = random.Random(seed)
    stops = set(stop_words)
    result = list(words)
    candidates = [i for i, w in enumerate(words) if w not in stops and len(synonyms.get(w, [])) > 0]
    rng.shuffle(candidates)
    for index in candidates[:count]:
        result[index] = rng.choice(synonyms[words[index]])
    return result
