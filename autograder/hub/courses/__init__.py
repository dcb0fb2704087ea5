"""Courses of one hub: where each lies, who is in it, and what each role may do."""

from autograder.hub.courses.settings import CourseSettings

__all__ = ["CourseSettings"]
