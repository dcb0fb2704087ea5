"""
entries = [44, 53]
tries = "A formula that explodes: towers of powers, a huge factorial, deep nesting, a lying str()."
stopped_by = "Text, nesting, nodes and numbers are bounded before any arithmetic happens."
assignment = "backpropagation"
limits = { cell_seconds = 1.0 }
stock = "would harm the machine"
"""
# %% dz_dx
dz_dx = "9**9**9**9**9 + (x+y)**(10**9)"
