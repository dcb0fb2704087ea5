"""Courses of one hub: where each lies, who is in it, and what each role may do."""

from autograder.hub.courses.course import Course, choose, courses_of
from autograder.hub.courses.membership import Membership
from autograder.hub.courses.roles import Role, groups_of
from autograder.hub.courses.roster import Member, read_roster, write_roster
from autograder.hub.courses.settings import CourseSettings

__all__ = [
    "Course",
    "CourseSettings",
    "Member",
    "Membership",
    "Role",
    "choose",
    "courses_of",
    "groups_of",
    "read_roster",
    "write_roster",
]
