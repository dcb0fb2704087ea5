"""
entries = [44]
tries = "A formula with factorial(10**9) and thousands of brackets, and tables of huge numbers as text."
stopped_by = "Unknown functions are refused by name, nesting by depth, numbers by digits."
assignment = "backpropagation"
stock = "would harm the machine"
"""
# %% dz_dx
dz_dx = "factorial(10**9)" + "(" * 100_000 + "x" + ")" * 100_000

# %% graph_tables
node_values = {"e": "9**9**9**9", "f": 10**5000, "g": "1" * 1_000_000}
node_derivatives = {name: "factorial(10**9)" for name in "abcdefg"}
