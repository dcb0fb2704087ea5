"""
entries = [38]
tries = "Loop for ever and catch whatever interrupts: BaseException, a new signal handler, a blocked signal."
stopped_by = "An alarm inside, the trusted side's own deadline outside, then the kill of the whole tree."
assignment = "recurrent"
limits = { cell_seconds = 1.0, notebook_seconds = 4.0, call_seconds = 1.0, check_seconds = 2.0 }
slow = true
stock = "would harm the machine"
"""
# %% first
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
