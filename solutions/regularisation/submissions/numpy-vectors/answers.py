# %% grade_id="start_bounds_answer"
xavier_uniform_bound = "0.2"
he_normal_deviation = np.sqrt(0.02)

# %% grade_id="start_bound_answer"
def uniform_start_bound(shape, scheme="xavier"):
    out, into, *window = shape
    area = np.prod(window)
    try:
        variance = {"xavier": 2 / (area * (out + into)), "he": 2 / (area * into)}[scheme]
    except KeyError:
        raise ValueError(scheme) from None
    return np.sqrt(3 * variance)

# %% grade_id="rings_answer"
def train_rings(network, x, y):
    torch.manual_seed(0)
    for layer in network:
        if hasattr(layer, "weight"):
            b = uniform_start_bound(tuple(layer.weight.shape), "he")
            layer.weight.data.uniform_(-b, b)
    o = torch.optim.RMSprop(network.parameters(), lr=0.01)
    for _ in range(300):
        network.zero_grad()
        p = torch.sigmoid(network(x))
        loss = -(y * torch.log(p + 1e-7) + (1 - y) * torch.log(1 - p + 1e-7)).mean()
        loss.backward()
        o.step()

# %% grade_id="batch_norm_answer"
def batch_norm(x, gamma, beta, epsilon=1e-5):
    x, gamma, beta = map(np.asarray, (x, gamma, beta))
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon) + beta

# %% grade_id="running_answer"
def update_statistics(m, v, x, alpha=0.1):
    m, v, x = map(np.asarray, (m, v, x))
    return [m + alpha * (x.mean(0) - m), v + alpha * (x.var(0, ddof=1) - v)]


def batch_norm_test(x, m, v, gamma, beta, epsilon=1e-5):
    x, m, v, gamma, beta = map(np.asarray, (x, m, v, gamma, beta))
    scale = gamma / np.sqrt(v + epsilon)
    return x * scale + (beta - m * scale)

# %% grade_id="variances_answer"
normalised_nine = 4 / np.std([2, 4, 9])
running_variance = "2.2"

# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    g, x, gamma = map(np.asarray, (g, x, gamma))
    B = len(x)
    root = np.sqrt(x.var(0) + epsilon)
    hat = (x - x.mean(0)) / root
    # the Jacobian of hat by x, for each feature: (B, B, C)
    eye = np.eye(B, dtype=x.dtype)[:, :, None]
    jacobian = (eye - 1 / B - hat[:, None] * hat[None] / B) / root
    return np.einsum("ac,abc->bc", g * gamma, jacobian), np.einsum("bc,bc->c", g, hat), g.sum(0)

# %% grade_id="dropout_answer"
def dropout(x, u, p=0.5, training=True):
    x, u = np.asarray(x), np.asarray(u)
    return np.where(u < p, 0, x / (1 - p)) if training else x

# %% grade_id="stopping_answer"
def when_to_stop(losses, patience=3):
    clean = np.nan_to_num(np.array(losses, dtype=float), nan=np.inf)
    for t in range(len(clean)):
        best = int(np.argmin(clean[: t + 1]))
        if t - best == patience:
            break
    return np.array([t, best]).tolist()

# %% grade_id="operators_answer"
def swap_words(words, count, seed):
    rng = np.random.default_rng(seed)
    order = np.arange(len(words))
    for _ in range(count):
        i, j = rng.choice(len(words), size=2, replace=False)
        order[[i, j]] = order[[j, i]]
    return [words[i] for i in order]


def delete_words(words, rate, seed):
    rng = np.random.default_rng(seed)
    stays = rng.random(len(words)) >= rate
    if not stays.any():
        stays[rng.integers(len(words))] = True
    return [word for word, stay in zip(words, stays) if stay]


def replace_words(words, count, synonyms, stop_words, seed):
    rng = np.random.default_rng(seed)
    new = np.array(words, dtype=object)
    for i in rng.permutation(len(words)):
        if count == 0:
            break
        if words[i] in stop_words or not synonyms.get(words[i]):
            continue
        new[i] = str(rng.choice(synonyms[words[i]]))
        count -= 1
    return new.tolist()
