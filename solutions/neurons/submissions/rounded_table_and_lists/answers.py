# %% grade_id="perceptron_answer"
trained_at_rate_one = [
    ["0", "1/2", "3/4", "-1/4", "1/8"],
    ["1.625", "0.835", "0.406", "-0.594", "0.010"],
]
trained_at_rate_half = [
    ["0", "1/2", "5/8", "-3/8", "1/16"],
    ["0.813", "0.693", "0.404", "-0.596", "-0.011"],
]


# %% grade_id="parameters_answer"
digits_network_parameters = "79510 parameters"
photo_network_parameters = 196_608 * 100 + 100 + 100 + 1


# %% grade_id="lif_answer"
from typing import List, Tuple


def lif_neuron(
    current: np.ndarray, tau: float = 20.0, threshold: float = 1.0
) -> Tuple[List[float], List[int]]:
    """Simulate a leaky integrate-and-fire neuron.

    Args:
        current: Input current per millisecond.
        tau: Membrane time constant in milliseconds.
        threshold: Firing threshold.

    Returns:
        The potential after each step, and 1 for each step with a spike.
    """
    if tau <= 0:
        raise ValueError("tau must be positive")
    share = 1.0 - math.exp(-1.0 / tau)
    potential = 0.0
    trace: List[float] = []
    events: List[int] = []
    for value in np.asarray(current, dtype=float).tolist():
        potential += share * (value - potential)
        if potential >= threshold:
            events.append(1)
            potential = 0.0
        else:
            events.append(0)
        trace.append(potential)
    return trace, events
