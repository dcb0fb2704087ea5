"""Courses of one hub: where each lies, who is in it, and what each role may do."""

from autograder.people.course import Course, choose, courses_of
from autograder.people.membership import Membership
from autograder.people.roles import Role, groups_of
from autograder.people.roster import Member, read_roster, write_roster
from autograder.people.settings import CourseSettings

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
