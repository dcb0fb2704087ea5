"""What is kept: the log of events, results by key, and files that are whole or absent."""

from autograder.records.actor import Actor, acting, present_actor
from autograder.records.files import (
    NotRegularError,
    TooLargeError,
    open_regular,
    read_regular,
    synchronise_folder,
    write_whole,
)
from autograder.records.log import Checked, Event, Line, Log, LogError
from autograder.records.store import Store

__all__ = [
    "Actor",
    "Checked",
    "Event",
    "Line",
    "Log",
    "LogError",
    "NotRegularError",
    "Store",
    "TooLargeError",
    "acting",
    "open_regular",
    "present_actor",
    "read_regular",
    "synchronise_folder",
    "write_whole",
]
