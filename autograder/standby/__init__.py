"""A process that keeps warm, between commands, what grading needs; `client` is how commands use it.

Nothing is re-exported: a command asks `client` before it imports anything else.
"""
