# %% grade_id="worked_step_answer"
h1, h2 = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(1.5))
error = h1 + h2 + 1 - 1
d1, d2 = error * h1 * (1 - h1), error * h2 * (1 - h2)
worked_forward = [1, h1, "-3/2", h2, error + 1]
worked_output_weights = [round(w, 4) for w in (1 - 0.1 * error, 1 - 0.1 * error * h1, 1 - 0.1 * error * h2)]
worked_hidden_weights = [-0.1 * d1, 1 - 0.05 * d1, 1 - 0.05 * d1, -2 - 0.1 * d2, -0.05 * d2, 1 - 0.05 * d2]


# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    rows = []
    for row, right in zip(scores.tolist(), classes.tolist()):
        top = max(row)
        powers = [math.exp(z - top) for z in row]
        p = [power / sum(powers) for power in powers]
        rows.append([(p[k] - (k == right)) / len(scores) for k in range(len(row))])
    return rows


# %% grade_id="engine_answer"
TAPE = []


class Scalar:
    def __init__(self, value):
        self.value, self.slope, self.recipe = value, 0.0, []
        TAPE.append(self)

    @staticmethod
    def made(value, *recipe):
        scalar = Scalar(value)
        scalar.recipe = recipe
        return scalar

    def __add__(self, other):
        if not isinstance(other, Scalar):
            return Scalar.made(self.value + other, (self, 1))
        return Scalar.made(self.value + other.value, (self, 1), (other, 1))

    def __mul__(self, other):
        if not isinstance(other, Scalar):
            return Scalar.made(self.value * other, (self, other))
        return Scalar.made(self.value * other.value, (self, other.value), (other, self.value))

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Scalar.made(math.exp(self.value), (self, math.exp(self.value)))

    def log(self):
        return Scalar.made(math.log(self.value), (self, 1 / self.value))

    def tanh(self):
        return Scalar.made(math.tanh(self.value), (self, 1 / math.cosh(self.value) ** 2))

    def backward(self):
        for scalar in TAPE:
            scalar.slope = 0.0
        self.slope = 1.0
        for scalar in reversed(TAPE):
            for part, factor in scalar.recipe:
                part.slope += factor * scalar.slope
