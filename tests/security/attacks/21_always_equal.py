"""
entries = [21]
tries = "Answer with objects that equal everything, compare as smaller and as larger, and are true."
stopped_by = "Such an object stays behind a handle; what crosses has an exact builtin, numpy or torch type."
assignment = "sequences"
"""
# %% choice_answer
class Always(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("d")

    def __contains__(self, other):
        return True

    def casefold(self):
        return "d"


joining_line = Always("a")

# %% bidirectional_answer
class Equal:
    shape = (6, 8)
    dtype = float

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __gt__ = __le__ = __ge__ = __bool__ = lambda *_: True
    __array_priority__ = 1e9

    def __sub__(self, other):
        return 0

    __rsub__ = __abs__ = __sub__

    def __array__(self, *_, **__):
        import numpy as np

        return np.zeros(self.shape)


def bidirectional(*_):
    return Equal()
