"""What the hub gives to sessions as files, which see nothing else of gradlab's.

`start_server.py` is no module of the hub's; it runs in sessions, from a copy.
"""

from autograder.sessions.given.extension import EXTENSION, give_extension
from autograder.sessions.given.program import START, give_start

__all__ = ["EXTENSION", "START", "give_extension", "give_start"]
