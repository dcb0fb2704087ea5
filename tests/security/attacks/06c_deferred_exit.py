"""
entries = [6]
tries = "Exit later: atexit, a finaliser, a timer thread that ends the process while it is checked."
stopped_by = "As above: whenever the process ends, what it has not answered earns nothing."
assignment = "sequences"
"""
# %% bidirectional_answer
import atexit
import os
import threading
import weakref

atexit.register(os._exit, 0)


class Bomb:
    def __init__(self):
        self.finalizer = weakref.finalize(self, os._exit, 0)


def bidirectional(*_):
    bomb = Bomb()
    del bomb  # the process ends here
    return None


# %% first
import os
import threading

threading.Timer(0.05, os._exit, [0]).start()
