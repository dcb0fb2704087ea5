"""
entries = [44, 54]
tries = "A sympy object whose text changes between calls, or is endless, or claims to be sympy's."
stopped_by = "The text that crosses once is what is read; it is bounded in length."
assignment = "backpropagation"
"""
# %% dz_dx
class Formula:
    count = 0

    def __str__(self):
        Formula.count += 1
        return ["2*(x", "+y)", "x" * 10_000_000][Formula.count % 3]


Formula.__module__ = "sympy.core"
dz_dx = Formula()

# %% graph_tables
class Table(dict):
    def get(self, name, default=None):
        return 1

    def items(self):
        return [(name, 1) for name in "efg"]


node_values = Table()
node_derivatives = Table()
