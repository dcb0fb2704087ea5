"""Outputs that come from the student's process."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.outputs import clean_outputs

LIMIT = 1000


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_well_formed_outputs_come_through() -> None:
    """Streams, results and errors keep what a person needs."""
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": "4", "image/png": "iVBORw0KGgo="},
        "metadata": {"x": 1},
        "execution_count": 3,
    }
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]}
    cleaned = clean_outputs([stream("hi"), result, error], LIMIT)
    assert cleaned == (stream("hi"), result | {"metadata": {}}, error)


def test_active_types_are_dropped() -> None:
    """Scripts and vector graphics, which can hold scripts, are not kept."""
    data = {"application/javascript": "alert(1)", "image/svg+xml": "<svg/>"}
    assert clean_outputs([{"output_type": "display_data", "data": data}], LIMIT) == ()


def test_an_image_that_is_no_base64_is_dropped() -> None:
    """What is not an image cannot break out of the page's image tag."""
    data = {"text/plain": "x", "image/png": '"><script>'}
    cleaned = clean_outputs([{"output_type": "display_data", "data": data}], LIMIT)
    assert cleaned[0]["data"] == {"text/plain": "x"}


def test_addresses_are_replaced() -> None:
    """The same submission gives the same outputs."""
    cleaned = clean_outputs([stream("<f at 0x7f00aa11bb22> 0xff")], LIMIT)
    assert cleaned[0]["text"] == "<f at 0x…> 0xff"


def test_a_flood_is_cut_and_says_so() -> None:
    """What exceeds the limit is cut, with a sentence."""
    cleaned = clean_outputs([stream("a" * 600), stream("b" * 600), stream("c")], LIMIT)
    assert [len(output["text"]) for output in cleaned[:2]] == [600, 400]
    assert "exceeds the limit of 1000 bytes" in cleaned[2]["text"]
    assert len(cleaned) == 3


anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["output_type", "name", "text", "data", "text/plain", "traceback"]),
            inner,
        )
    ),
)
kinds = st.sampled_from(["stream", "error", "display_data", "execute_result", "x"])


@given(st.lists(st.tuples(kinds, anything), max_size=4))
def test_anything_gives_valid_outputs(raw: list[tuple[str, Any]]) -> None:
    """No shape of output raises; what comes out has only known types."""
    items = [{**(v if isinstance(v, dict) else {}), "output_type": kind} for kind, v in raw]
    for output in clean_outputs(items, LIMIT):
        assert output["output_type"] in ("stream", "error", "display_data", "execute_result")
