"""When the gradient of lesson 3 has arrived, when its loss has left the trivial predictor, in words."""

import pytest
from report.lessons.javascript import call, new_engine

from gradviz.gallery.crossing import CROSSED
from gradviz.plots.comparison import LEARNED_BELOW

WATCHED = """(lost, losses, trivials) => {
    const watch = new gradviz.crossing.Watch();
    losses.forEach((loss, k) => watch.add([-lost[k], 0], loss, trivials[k]));
    const { steps, arrived, left, absences } = watch;
    return { steps, arrived, left, absences, ...gradviz.crossing.verdict(watch) };
}"""
TRIVIAL = 1 / 6


@pytest.fixture(scope="module")
def engine():
    return new_engine("lessons/crossing.js")


def watched(engine, lost, losses, trivials=None):
    return call(engine, WATCHED, lost, losses, trivials or [TRIVIAL] * len(losses))


def verdict(engine, steps, arrived, left, *absences):
    watch = {"steps": steps, "arrived": arrived, "left": left}
    watch["absences"] = [{"from": start, "to": end} for start, end in absences]
    script = "(watch) => ({ ending: gradviz.crossing.ending(watch), ...gradviz.crossing.verdict(watch) })"
    return call(engine, script, watch)


def test_the_thresholds_are_those_of_the_lectures_figures(engine):
    assert engine.eval("gradviz.crossing.CROSSED") == CROSSED
    assert engine.eval("gradviz.crossing.LEFT_BELOW") == LEARNED_BELOW


def test_the_gradient_arrives_at_the_first_of_21_steps_in_a_row(engine):
    found = watched(engine, [6] * 40 + [2.9] * 21, [TRIVIAL] * 61)
    assert found["arrived"] == 41
    assert found["left"] is None
    assert found["outcome"] == "arrived"
    assert watched(engine, [6] * 40 + [2.9] * 20, [TRIVIAL] * 60)["arrived"] is None


def test_one_step_without_gradient_begins_the_row_again(engine):
    assert watched(engine, [2] * 20 + [3] + [2] * 30, [TRIVIAL] * 51)["arrived"] == 22


def test_a_gradient_that_is_there_from_the_start(engine):
    found = watched(engine, [1] * 60, [TRIVIAL] * 30 + [0.01] * 30)
    assert (found["arrived"], found["outcome"]) == (1, "at_once")
    assert "from the start" in found["sentence"]


def test_the_loss_leaves_in_the_middle_of_21_steps(engine):
    # 4.2 of 21 trivial losses have to be gone: with losses of 0, that is at the fifth
    found = watched(engine, [6] * 80, [TRIVIAL] * 50 + [0] * 30)
    assert found["left"] == 55 - 10
    assert found["outcome"] == "left"


def test_batches_that_happen_to_be_easy_are_not_learning(engine):
    easy = [TRIVIAL] * 30 + [TRIVIAL / 3] * 30
    assert watched(engine, [6] * 60, easy, easy)["left"] is None
    assert watched(engine, [6] * 60, easy)["left"] is not None


def test_a_training_that_breaks_has_neither(engine):
    script = WATCHED.replace("[-lost[k], 0]", "[NaN, NaN]").replace("loss, trivials", "NaN, trivials")
    found = call(engine, script, [1] * 60, [0] * 60, [TRIVIAL] * 60)
    assert (found["arrived"], found["left"], found["outcome"]) == (None, None, "nothing")


@pytest.mark.parametrize(
    ("watch", "outcome", "words"),
    [
        ((0, None, None), "start", "Nothing has been trained yet."),
        ((9, None, None), "nothing", "not arrived at time step 1 yet, and the loss has not left"),
        ((99, 50, None), "arrived", "arrived at time step 1 at training step 50; the loss has not left"),
        ((150, 50, None), "in_vain", "100 training steps after its arrival the loss had not left"),
        ((150, None, 40), "left", "although the gradient has not arrived"),
        ((1500, 1, 1200), "at_once", "1,200: it was not the gradient that the loss had to wait for."),
        (
            (150, 50, None, (90, None)),
            "in_vain",
            "first arrived at time step 1 at training step 50 (gone again at 90), ",
        ),
        (
            (150, 1, None, (9, 30), (90, 120)),
            "in_vain",
            "from the start (gone again at 90, back at 120), but",
        ),
        ((150, 50, 95, (90, None)), "away", "at training step 95, when the gradient was gone."),
        ((150, 50, 95, (90, 95)), "gradient_first", "at training step 95, 45 training steps later."),
        ((150, 50, 61), "gradient_first", "at training step 61, 11 training steps later."),
        ((150, 50, 60), "together", "together, as closely as either is known."),
        ((150, 50, 40), "together", "together, as closely as either is known."),
        ((150, 50, 39), "loss_first", "at training step 39, 11 training steps before that."),
    ],
)
def test_every_outcome_has_its_sentence(engine, watch, outcome, words):
    found = verdict(engine, *watch)
    assert found["outcome"] == outcome
    assert words in found["sentence"]
    assert (found["ending"] != "") == (outcome in {"gradient_first", "together"})


def test_the_ending_says_no_more_than_the_run_shows(engine):
    assert (
        "not a fifth below that of always answering 1 until 138 training steps later"
        in (verdict(engine, 700, 32, 170)["ending"])
    )
    assert (
        "which of them was first, this run does not say" in verdict(engine, 700, 560, 567)["ending"].lower()
    )


def test_a_gradient_that_is_gone_again_and_comes_back(engine):
    there, gone = [2.9], [3]
    lost = 5 * gone + 30 * there + 20 * gone + 30 * there  # an absence of 20 training steps does not count
    assert watched(engine, lost, [TRIVIAL] * 85)["absences"] == []
    lost = 5 * gone + 30 * there + 21 * gone
    assert watched(engine, lost, [TRIVIAL] * 56)["absences"] == [{"from": 36, "to": None}]
    lost += 3 * gone + 21 * there
    found = watched(engine, lost, [TRIVIAL] * 80)
    assert (found["arrived"], found["absences"]) == (6, [{"from": 36, "to": 60}])
    assert "first arrived" in found["sentence"]
    assert watched(engine, 60 * gone, [TRIVIAL] * 60)["absences"] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inARow = lost < CROSSED", "inARow = lost > CROSSED"),
        ("this.steps - IN_A_ROW + 1;", "this.steps;"),
        ("LEFT_BELOW * sum(this.trivials)", "LEFT_BELOW / 6 * IN_A_ROW"),
        ("&& this.arrived !== null && !gone", "&& !gone"),
        ("if (gone) absence.to = first;", ""),
    ],
)
def test_a_planted_fault_is_noticed(old, new):
    engine = new_engine("lessons/crossing.js", replaced=[(old, new)])
    with pytest.raises(AssertionError):
        check_all(engine)


def check_all(engine):
    test_a_gradient_that_is_gone_again_and_comes_back(engine)
    test_the_gradient_arrives_at_the_first_of_21_steps_in_a_row(engine)
    test_batches_that_happen_to_be_easy_are_not_learning(engine)
