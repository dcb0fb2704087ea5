"""Which gate acts (grade cell `which_gate_acts`, 2 points).

Source: S1, Jane and John; S3 p. 79, "The movie was interesting".
"""

from autograder.checking import WrongAnswer, assert_choice, hint, points

_ANSWERS = ("a", "b", "c", "d", "e", "f")
_INPUT = "the input gate decides about the new value; is the question about that?"
_FORGET = "the forget gate decides about what is in the memory already; is the question about that?"
_OUTPUT = "the output gate changes nothing in the memory, only whether it is shown now."
_OPEN = "it is the right gate, but what does it do when it is open?"
_SHUT = "it is the right gate, but what does it do when it is shut?"
_WHY = {"a": _INPUT, "b": _INPUT, "c": _FORGET, "d": _FORGET, "e": _OUTPUT, "f": _OUTPUT}
_OTHER = {"a": "b", "b": "a", "c": "d", "d": "c", "e": "f", "f": "e"}


def _judge(student, **expected):
    table = student["acting_gates"]
    if not isinstance(table, dict):
        raise WrongAnswer("acting_gates is no dict; expected one answer for each key.")
    for key, answer in expected.items():
        other = _OTHER[answer]
        why = {**_WHY, other: _OPEN if other in "ace" else _SHUT}
        del why[answer]
        assert_choice(table.get(key), answer, what=f"the answer for {key}", options=_ANSWERS, why=why)


@points(0.6)
@hint("Is it about a new value? Then: shall it get into the memory or stay out?")
def test_what_gets_in(student):
    """A new person, and a word that does not matter."""
    _judge(student, john="a", very="b")


@points(0.8)
@hint("Is it about something stored earlier? Then: shall it stay in the memory or leave it?")
def test_what_stays(student):
    """Two old subjects that are done with, and one that is needed after a long bracket."""
    _judge(student, movie="d", jane="d", bracket="c")


@points(0.6)
@hint("Does the memory itself change here, or only what the next word sees of it?")
def test_what_is_shown(student):
    """A stored plural that waits, and that is used."""
    _judge(student, wait="f", verb="e")
