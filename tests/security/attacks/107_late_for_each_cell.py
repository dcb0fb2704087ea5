"""
entries = [38, 107]
tries = "Answer for each of thousands of cells just before it is given up, long after the time for all of them."
stopped_by = "All cells together have one deadline, however many there are."
assignment = "recurrent"
limits = { cell_seconds = 1.0, notebook_seconds = 1.0 }
says = ["could not be interrupted"]
slow = true
stock = "speaks gradlab's own protocol"
"""
# %% first
import time

from autograder.student import server

in_time = server._reply


def late(*answer):
    time.sleep(1.7)
    in_time(*answer)


server._reply = late
# %% last
1
# %% last
2
# %% last
3
# %% last
4
# %% last
5
# %% last
6
# %% last
7
# %% last
8
# %% last
9
# %% last
10
# %% last
11
# %% last
12
# %% last
13
# %% last
14
