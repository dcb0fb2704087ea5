# %% grade_id="start_bounds_answer"
xavier_uniform_bound = 1 / 5
he_normal_deviation = "sqrt(2)/10"

# %% grade_id="start_bound_answer"
def uniform_start_bound(shape, scheme="xavier"):
    weight = torch.empty(shape)
    if scheme == "xavier":
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
        return math.sqrt(6 / (fan_in + fan_out))
    elif scheme == "he":
        return nn.init.calculate_gain("relu") * math.sqrt(3 / nn.init._calculate_correct_fan(weight, "fan_in"))
    else:
        raise ValueError("no such scheme: " + str(scheme))

# %% grade_id="rings_answer"
def train_rings(network, x, y):
    for layer in network:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    rounds, loss = 0, None
    optimiser = torch.optim.Adam(network.parameters(), lr=0.03)
    while rounds < 400 and (loss is None or loss.item() > 0.02):
        optimiser.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(x), y)
        loss.backward()
        optimiser.step()
        rounds += 1

# %% grade_id="batch_norm_answer"
def batch_norm(x, gamma, beta, epsilon=1e-5):
    return nn.functional.batch_norm(x, None, None, gamma, beta, training=True, eps=epsilon)

# %% grade_id="running_answer"
def update_statistics(m, v, x, alpha=0.1):
    new_m, new_v = [], []
    for c in range(x.shape[1]):
        column = [float(value) for value in x[:, c]]
        mean = sum(column) / len(column)
        unbiased = sum((value - mean) ** 2 for value in column) / (len(column) - 1)
        new_m.append((1 - alpha) * float(m[c]) + alpha * mean)
        new_v.append((1 - alpha) * float(v[c]) + alpha * unbiased)
    return new_m, new_v


def batch_norm_test(x, m, v, gamma, beta, epsilon=1e-5):
    y = torch.empty_like(x)
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            y[b, c] = gamma[c] * (x[b, c] - m[c]) / math.sqrt(v[c] + epsilon) + beta[c]
    return y

# %% grade_id="variances_answer"
normalised_nine = 4 / (26 / 3) ** 0.5
running_variance = 0.9 * 1 + 0.1 * 13

# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    B, C = x.shape
    dx, dgamma, dbeta = torch.zeros_like(x), torch.zeros_like(gamma), torch.zeros_like(gamma)
    for c in range(C):
        mean = sum(x[b, c] for b in range(B)) / B
        root = torch.sqrt(sum((x[b, c] - mean) ** 2 for b in range(B)) / B + epsilon)
        hat = [(x[b, c] - mean) / root for b in range(B)]
        dbeta[c] = sum(g[b, c] for b in range(B))
        dgamma[c] = sum(g[b, c] * hat[b] for b in range(B))
        for b in range(B):
            dx[b, c] = gamma[c] / root * (g[b, c] - dbeta[c] / B - hat[b] * dgamma[c] / B)
    return dx, dgamma, dbeta

# %% grade_id="dropout_answer"
def dropout(x, u, p=0.5, training=True):
    if not training:
        return x
    y = x.clone().flatten()
    draws = u.flatten()
    for i in range(len(y)):
        y[i] = 0 if draws[i] < p else y[i] / (1 - p)
    return y.reshape(x.shape)

# %% grade_id="stopping_answer"
def when_to_stop(losses, patience=3):
    lowest = min(loss for loss in losses if loss == loss)
    best = bad = 0
    t = 0
    while t < len(losses):
        if losses[t] < losses[best] or t == 0:
            best, bad = t, 0
        else:
            bad += 1
        if bad == patience:
            return (t, best)
        t += 1
    assert losses[best] == lowest
    return (t - 1, best)

# %% grade_id="operators_answer"
def swap_words(words, count, seed):
    random.seed(seed)
    new = [*words]
    for _ in range(count):
        a, b = random.sample(list(range(len(words))), k=2)
        keep = new[a]
        new[a] = new[b]
        new[b] = keep
    return new


def delete_words(words, rate, seed):
    random.seed(seed)
    new = []
    for word in words:
        if random.uniform(0, 1) < rate:
            continue
        new.append(word)
    if len(new) == 0:
        return [words[random.randint(0, len(words) - 1)]]
    return tuple(new)


def replace_words(words, count, synonyms, stop_words, seed):
    random.seed(seed)
    new, done = words[:], set()
    for _ in range(count):
        possible = [
            i for i, word in enumerate(words) if i not in done and word in synonyms and word not in stop_words
        ]
        possible = [i for i in possible if len(synonyms[words[i]]) > 0]
        if not possible:
            break
        i = random.choice(possible)
        done.add(i)
        new[i] = random.choice(synonyms[words[i]])
    return new
