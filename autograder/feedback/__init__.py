"""What students hear of their hand-ins: graded at once, paced, and kept."""

from autograder.feedback.attempts import Attempt, State, attempts_of, version_of
from autograder.feedback.course import FeedbackCourse

__all__ = ["Attempt", "FeedbackCourse", "State", "attempts_of", "version_of"]
