"""What students hear of their hand-ins: graded at once, paced, and kept."""

from autograder.feedback.attempts import (
    Attempt,
    FeedbackCourse,
    State,
    attempts_of,
    version_of,
)

__all__ = ["Attempt", "FeedbackCourse", "State", "attempts_of", "version_of"]
