"""What was written about some outcomes is not told of others."""

import json

import pytest
from invented_results import ENVIRONMENT, a_result, claims

from gradviz.reproductions.outcomes_read import is_read, lines_to_note, where_read, why_left_out
from gradviz.reproductions.page import page_text

OUTCOMES = ["met", "not met", "the seeds do not tell"]


def page(result):
    return page_text([result], pictures="figures")


def test_texts_about_these_outcomes_are_told_with_their_processor():
    text = page(a_result())
    assert "The rate is too low" in text
    assert "ten times the steps" in text
    assert "Numbers in these words were read from runs on A Processor | 3000 (AVX2)." in text
    assert "is left out" not in text


@pytest.mark.parametrize(
    ("read_of", "why"),
    [
        (
            ["met", "met", "met"],
            "it is about other outcomes, of claim 2 “met” and of claim 3 “met”, of runs on A Processor",
        ),
        (["met"], "it is about 1 claim, not 3."),
        ([], "it is not noted which outcomes it is about."),
        (OUTCOMES[::-1], "of claim 1 “the seeds do not tell” and of claim 3 “met”"),
    ],
)
def test_texts_about_other_outcomes_are_left_out(read_of, why):
    result = a_result(read_of=read_of)
    text = page(result)
    assert not is_read(result)
    assert why in text
    assert why_left_out(result) in text
    assert "The rate is too low" not in text
    assert "ten times the steps" not in text
    assert "read from runs on" not in text


def test_nothing_is_left_out_where_nothing_was_written_or_all_claims_are_met():
    silent = a_result(read_of=[], why_not="", would_decide="")
    assert is_read(silent)
    assert "left out: it" not in page(silent)
    assert "left out: it" not in page(a_result(its_claims=claims()[:1], read_of=["not met"]))


def test_results_of_another_processor_are_said_to_be_such():
    assert where_read(a_result(read_on="Another (AVX2)")) == (
        "Numbers in these words were read from runs on Another (AVX2); the results here are of "
        "A Processor | 3000 (AVX2)."
    )
    assert where_read(a_result(read_on="")) == ""


def test_the_lines_to_note_are_toml_that_makes_the_texts_told():
    result = a_result(read_of=[], read_on="")
    lines = [line.split(" = ") for line in lines_to_note(result).splitlines()]
    noted = {key: json.loads(value) for key, value in lines}
    assert noted == {"read_of": OUTCOMES, "read_on": f"{ENVIRONMENT['processor_model']} (AVX2)"}
    assert is_read(a_result(**noted))
