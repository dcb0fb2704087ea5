"""
entries = [33, 83]
tries = "Answer with mappings and sets whose keys collide, are NaN, or share the bits that a table looks at."
stopped_by = "Keys whose hash can be chosen are few at most; the others cost what honest keys cost."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
"""
# %% bptt_answer
def bptt(*_):
    prime = 2**61 - 1
    return [{k * prime: k for k in range(1, 4_000)}, {(k * prime,): k for k in range(1, 3_000)}]


# %% clip_answer
def clip_gradient(*_):
    nan = float("nan")
    return {k << 40: k for k in range(30_000)}, {float(2**k): k for k in range(-900, 900)}, {nan * k for k in range(9_000)}
