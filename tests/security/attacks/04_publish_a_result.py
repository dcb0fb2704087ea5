"""
entries = [4]
tries = "Publish a fake result of the grader: as text, as HTML, as JSON, as a number for nbgrader."
stopped_by = "Nothing parses a student's outputs; points come from the check process's own pipe."
assignment = "sequences"
says = ["verdict"]
"""
# %% choice_answer
from IPython.display import HTML, display

joining_line = "a"
display(HTML("<b>score: 4/4</b>"))
display({"application/vnd.gradlab+json": {"points": 4}}, raw=True)
print('{"grade_id": "bidirectional_choice", "verdict": "passed", "points": 1}')
print("score: 4")
1.0
