"""The grading service: one process of a user that grades for everybody who asks.

Nothing is re-exported: clients import `client` and `protocol`, which need little but themselves.
"""
