"""What the table says, and the other forms of the same numbers."""

import json
import math
from dataclasses import replace

import pytest
from shown_html import ShownHtml, is_harmless

from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Change, Finding, Place, Remedy
from gradviz.remedies.gradient_kept import DecadesLost
from gradviz.remedies.one_try import Try
from gradviz.remedies.proposals import only_by_author, proposals, together
from gradviz.remedies.tries import Tries

CLIP = Change("clip_norm", {"limit": 1.0})
CHRONO = Change("initialise", {"module": "encoder.lstm", "scheme": "chrono", "t_max": 100})
NORMALISE = Change("normalise_input")
BY_AUTHOR = Remedy("Let the loss read the last step.", "loss = loss_fn(output[:, -1], y)")


def finding(kind="vanishing", severity="trouble", remedy=BY_AUTHOR):
    return Finding(kind, severity, "What.", Place("lstm"), (), (), "", remedy)


def advising(*changes, kind="vanishing", severity="trouble"):
    return finding(kind, severity, Remedy("Do it.", "do_it()", changes))


def one(*changes, loss=1.0, spread=0.01, trouble=("vanishing",), **more):
    found = Diagnosis(tuple(finding(kind) for kind in trouble), None, "")
    remedies = (Remedy("Do it.", "do_it()\nand_this()", changes),) if changes else ()
    values = {"kinds": ("vanishing",) if changes else (), "steps": 100, "seconds": 1.25, **more}
    return Try(changes, remedies=remedies, loss=loss, spread=spread, diagnosis=found, **values)


def tries(*tried, untouched=None, not_tried=(), authors=(), interrupted=False):
    return Tries(
        untouched or one(decades_lost=DecadesLost(8.25, math.inf, 19)),
        tried,
        not_tried,
        authors,
        lag=19,
        steps=100,
        seed=0,
        interrupted=interrupted,
        notes=("A note.",),
    )


@pytest.mark.parametrize(
    ("loss", "spread", "before", "lower"),
    [
        (0.5, 0.01, 1.0, True),
        (0.985, 0.01, 1.0, True),
        (0.995, 0.001, 1.0, False),  # less than 1 %
        (0.95, 0.1, 1.0, False),  # less than its own spread
        (1.1, 0.01, 1.0, False),
        (math.nan, math.nan, 1.0, False),
        (math.inf, math.nan, 1.0, False),
        (5.0, 0.1, math.nan, True),
        (5.0, 0.1, math.inf, True),
        (-2.0, 0.01, -1.0, True),
    ],
)
def test_when_a_loss_is_lower(loss, spread, before, lower):
    assert one(CLIP, loss=loss, spread=spread).lowers_loss(one(loss=before, spread=0.001)) is lower


@pytest.mark.parametrize(
    ("before", "left", "kinds", "mends"),
    [
        (("vanishing",), (), ("vanishing",), True),
        (("vanishing",), ("vanishing",), ("vanishing",), False),
        (("vanishing", "exploding"), ("exploding",), ("vanishing",), True),
        (("vanishing",), ("exploding",), ("vanishing",), False),
        ((), (), ("vanishing",), True),
    ],
)
def test_when_the_trouble_is_mended(before, left, kinds, mends):
    assert one(CLIP, trouble=left, kinds=kinds).mends(one(trouble=before)) is mends


def test_no_gradient_of_a_loss_of_zero_is_not_trouble():
    assert one(CLIP, loss=0.0, trouble=("no_gradient",)).trouble == ()
    assert one(CLIP, loss=0.1, trouble=("no_gradient",)).trouble == ("no_gradient",)


def test_the_best_has_the_lowest_loss_and_of_equal_ones_the_fewest_changes():
    both = one(CLIP, CHRONO, loss=0.100, helped=True)
    alone = one(CHRONO, loss=0.105, helped=True)
    worse = one(CLIP, loss=0.5, helped=True)
    lower = one(NORMALISE, loss=0.01)
    assert tries(worse, alone, lower, both).best is alone
    assert tries(worse, both).best is both
    assert tries(lower).best is None


def test_the_table():
    text = str(
        tries(
            one(CHRONO, loss=0.0123, trouble=(), helped=True, decades_lost=DecadesLost(0.5, -0.25, 19)),
            one(CLIP, loss=math.nan, trouble=("not_finite", "vanishing"), decades_lost=DecadesLost()),
            one(NORMALISE, failed="the inputs hold no floating-point numbers"),
            not_tried=((CLIP, NORMALISE),),
            authors=(BY_AUTHOR,),
        )
    )
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    rows = [line for line in lines if "to" in line or " - " in line]
    table = [" ".join(row.split()) for row in rows]
    assert "untouched 8.2 to all 1 ± 0.01 vanishing 1.2" in table
    assert "1. initialise encoder.lstm: 0.5 to -0.2 0.0123 ± 0.01 none 1.2 +" in table
    assert "2. clip the gradient norm at 1 - to - nan not_finite, vanishing 1.2 -" in table
    assert "3. normalise the inputs - - failed 1.2" in table
    flat = " ".join(text.split())
    for sentence in (
        "Tried on copies, 100 training steps each on the same batches from seed 0.",
        "how far the gradient falls over 19 time steps, at the first and the last recorded step",
        "over the last 10 steps. A note.",
        "What helped here (+) most: initialise encoder.lstm: chrono, t_max=100. do_it() and_this()",
        "Failed: normalise the inputs: the inputs hold no floating-point numbers",
        "Only you can make these changes: - Let the loss read the last step. loss = loss_fn(",
        "Not tried, because the time was over (--seconds, seconds=): clip the gradient norm at 1; normalise",
    ):
        assert sentence in flat
    assert "Interrupted" not in text


@pytest.mark.parametrize(
    ("tried", "more", "sentence"),
    [
        (
            (one(CLIP, loss=0.1),),
            {},
            "The loss fell, but trouble was left, with: clip the gradient norm",
        ),
        ((one(CLIP, trouble=()),), {}, "The trouble went, but the loss did not fall by more than its spread"),
        ((one(CLIP),), {}, "No loss fell by more than its spread."),
        ((one(CLIP, loss=2.0),), {}, "The loss ended higher (-) with: clip the gradient norm at 1."),
        ((one(CLIP, loss=math.nan),), {}, "The loss ended higher (-) with: clip the gradient norm at 1."),
        ((), {}, "Nothing to try: the diagnosis of the untouched copy advises no remedy."),
        ((), {"authors": (BY_AUTHOR,)}, "no remedy that the diagnosis advises can be applied from outside"),
        ((), {"not_tried": ((CLIP,),), "interrupted": True}, "Not tried, because it was interrupted: clip"),
    ],
)
def test_why_nothing_helped(tried, more, sentence):
    assert sentence in " ".join(str(tries(*tried, **more)).split())


def test_as_json_and_as_a_frame():
    found = tries(
        one(CHRONO, loss=0.1, trouble=(), helped=True), one(CLIP, loss=math.nan), not_tried=((CLIP,),)
    )
    report = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert report["best"] == "initialise encoder.lstm: chrono, t_max=100"
    assert report["untouched"]["decades_lost_last"] == "inf"
    assert report["tried"][0]["changes"] == [{"name": "initialise", "options": dict(CHRONO.options)}]
    assert [each["loss"] for each in report["tried"]] == [0.1, "nan"]
    assert report["not_tried"] == ["clip the gradient norm at 1"]
    assert report["diagnosis"]["findings"][0]["kind"] == "vanishing"
    frame = found.to_dataframe()
    assert list(frame.index) == ["untouched", found[0].name, "clip the gradient norm at 1"]
    assert frame.loc["untouched", "decades_lost_first"] == 8.25
    assert list(frame["helped"]) == [False, True, False]
    assert (len(found), found[0], [*found]) == (2, found.tried[0], list(found.tried))


def test_each_remedy_is_proposed_once_and_notes_are_not():
    found = proposals(
        [
            advising(CHRONO, kind="forget_bias_too_low"),
            advising(CHRONO, kind="vanishing"),
            finding(),
            advising(CLIP, severity="warning"),
            advising(NORMALISE, severity="note"),
        ]
    )
    assert [(each.changes, each.kinds) for each in found] == [
        ((CHRONO,), ("forget_bias_too_low", "vanishing")),
        ((CLIP,), ("vanishing",)),
    ]


def test_what_only_the_author_can_change():
    other = [finding(remedy=Remedy("", "")), advising(CLIP), finding(severity="note")]
    assert only_by_author([finding(), finding("exploding"), *other]) == (BY_AUTHOR,)


def test_the_best_two_together():
    tried = [
        one(CLIP, loss=0.3),
        one(CHRONO, loss=0.2),
        one(NORMALISE, loss=math.nan),
        one(Change("unfreeze", {"module": "a"}), loss=0.1, failed="no"),
    ]
    (pair,) = together(tried)
    assert pair.changes == (CLIP, CHRONO)


def test_a_pair_does_not_contradict_itself():
    other = Change("clip_norm", {"limit": 300.0})
    (pair,) = together([one(CLIP, loss=0.1), one(other, loss=0.2), one(CHRONO, loss=0.3)])
    assert pair.changes == (CLIP, CHRONO)
    assert list(together([one(CLIP), one(other)])) == []
    assert list(together([one(CLIP), one(CLIP, CHRONO)])) == []
    assert list(together([one(CLIP)])) == []


def test_which_are_worse():
    """By more than the spread; one that failed is not."""
    higher, same, lower = one(CLIP, loss=2.0), one(CLIP, loss=1.005), one(CLIP, loss=0.1)
    found = tries(higher, same, lower, one(CLIP, failed="no"))
    assert found.worse == (higher,)
    assert "ended higher" not in str(tries(same, lower))


def test_the_loss_at_the_end_of_a_training_that_ended_early():
    found = replace(tries(), steps=1000, untouched=one(steps=30))
    assert "over the last 5 steps" in " ".join(str(found).split())


def test_at_the_prompt_each_try_is_one_line():
    helped = one(CLIP, loss=0.1, trouble=(), helped=True)
    broken = one(NORMALISE, failed="no <input>")
    assert repr(tries(helped, broken)).split("\n") == [
        f"Remedies, 2 tried, 100 training steps each: most helped {helped.name}",
        *(
            f"  {name:{len(max(helped.name, broken.name, key=len)) + 2}}{text}"
            for name, text in (
                ("untouched", "loss 1 ± 0.01, trouble: vanishing"),
                (helped.name, "helped, loss 0.1 ± 0.01, trouble: none"),
                (broken.name, "failed, no <input>"),
            )
        ),
        "  print(...) is the whole table",
    ]
    assert repr(tries()).split("\n")[0] == "Remedies, 0 tried, 100 training steps each: nothing helped"
    assert len(repr(tries(*[helped] * 50)).split("\n")) == 10


@pytest.mark.parametrize(
    ("loss", "text"), [(math.nan, "no loss"), (math.inf, "loss inf ± 0.01"), (1e308, "loss 1e+308 ± 0.01")]
)
def test_a_try_with_any_loss(loss, text):
    assert repr(one(CLIP, loss=loss)) == f"Try of {one(CLIP).name}: {text}, trouble: vanishing"


def test_in_a_notebook_the_whole_table_is_folded_up():
    found = tries(one(CLIP), one(NORMALISE, failed="</table><script>"))
    assert is_harmless(found._repr_html_())
    assert ["pre", str(found)] in ShownHtml(found._repr_html_()).texts
