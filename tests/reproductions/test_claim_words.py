"""Claims in the words of a reader, and no word too many replaced."""

import pytest
from invented_results import a_result, claims, some_runs

from gradviz.reproductions.claim_words import claim_in_words, metric_in_words, point_in_words

TOLD = [{"metric": "often_right_forget_1", "above": 0}, {"metric": "steepest", "below": 9}]


def claim(text, **point):
    return claims()[0].model_copy(update={"claim": text, "point": point})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "often_right_forget_1 at the end above 0, median over the seeds",
            "forget gate, second layer: nearly always above 0.9 above 0, median over the seeds",
        ),
        ("steepest below 9", "largest norm of the gradient before clipping below 9"),
        ("steepest_applied below 9", "steepest_applied below 9"),
        ('x below that of own.steepest=1, a="steepest"', 'x below that of own.steepest=1, a="steepest"'),
        ("loss at the end below 0.05", "loss at the end below 0.05"),
    ],
)
def test_names_of_numbers_in_words(text, words):
    assert claim_in_words(a_result(expect=TOLD), claim(text)) == words


def test_a_point_is_named_by_what_tells_it_from_others():
    tasks = {"lstm": {"name": "adding", "length": 20}, "rnn": {"name": "adding", "length": 20}}
    runs = [run.model_copy(update={"point": {**run.point, "task": tasks["rnn"]}}) for run in some_runs()]
    point = {"task": tasks["lstm"], "model.cell": "lstm"}
    assert point_in_words(a_result(runs=runs), claims()[0].model_copy(update={"point": point})) == "LSTM"
    assert claim_in_words(a_result(runs=[]), claim("c", **point)) == "c, for adding, length 20, LSTM"


def test_what_a_claim_is_about():
    assert metric_in_words(a_result(), claim("validation_loss below 1")) == ""
    assert metric_in_words(a_result(), claim("loss below 1")) == "loss"
    assert metric_in_words(a_result(expect=TOLD), claim("steepest below 9")) == (
        "largest norm of the gradient before clipping"
    )
