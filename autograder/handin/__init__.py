"""The network exchange: the hub's service that takes and gives assignments, work and feedback."""

from autograder.handin.settings import ExchangeSettings

__all__ = ["ExchangeSettings"]
