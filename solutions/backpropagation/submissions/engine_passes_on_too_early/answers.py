# %% grade_id="engine_answer"
class Scalar:
    def __init__(self, value, inputs=()):
        self.value, self.slope, self.inputs = float(value), 0.0, inputs

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return Scalar(math.exp(self.value), ((self, math.exp(self.value)),))

    def log(self):
        return Scalar(math.log(self.value), ((self, 1 / self.value),))

    def tanh(self):
        return Scalar(math.tanh(self.value), ((self, 1 - math.tanh(self.value) ** 2),))

    def clear(self):
        self.slope = 0.0
        for part, _ in self.inputs:
            part.clear()

    def backward(self):
        self.clear()
        self.slope = 1.0
        waiting = [self]
        while waiting:
            scalar = waiting.pop(0)
            for part, factor in scalar.inputs:
                part.slope += scalar.slope * factor
                waiting.append(part)
