"""nbgrader's configuration for this course. Late policy and the like can be added below.

For example, to give nothing for late submissions:

    c.LateSubmissionPlugin.penalty_method = "zero"
"""

from autograder.course.layout import Layout
from autograder.gradebook.nbgrader.configuration import configure

c = get_config()
configure(c, Layout.find())
