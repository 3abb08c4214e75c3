"""Claims over seeds and between points, with numbers by hand."""

import math

import pytest

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.grid import Point
from gradviz.experiment.sweep.judge_points import judge_points

RNN = {"model.cell": "rnn"}


def lines(verdicts):
    return [str(verdict) for verdict in verdicts]


NINE = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        ({"below": 0.81}, "met"),
        ({"below": 0.8}, "the seeds do not tell"),
        ({"below": 0.21}, "the seeds do not tell"),
        ({"below": 0.2}, "not met"),
        ({"above": 0.19}, "met"),
        ({"above": 0.2}, "the seeds do not tell"),
        ({"above": 0.8}, "not met"),
        ({"near": 0.5, "tolerance": 0.35}, "met"),
        ({"near": 0.5, "tolerance": 0.1}, "the seeds do not tell"),
        ({"near": 0.1, "tolerance": 0.05}, "not met"),
        ({"above": 0.4, "below": 0.45}, "the seeds do not tell"),
    ],
)
def test_the_median_of_nine_seeds_lies_between_the_second_and_the_eighth(judged, claim, outcome):
    (found,) = judged({**claim, "over_seeds": "median"}, gru=NINE)
    assert (found.outcome, found.value, found.low, found.high, found.runs) == (outcome, 0.5, 0.2, 0.8, 9)


def test_a_median_in_words(judged):
    claim = {"below": 0.5, "over_seeds": "median", "source": "someone"}
    five = [0.1, 0.2, 0.2, 0.3, 0.4]
    found = judged(claim, gru=five, rnn=[*five[:4], 0.6], lstm=[0.5, 0.6, 0.6, 0.7, 0.8, None])
    assert lines(found) == [
        "met: loss at the end below 0.5, median over the seeds, at model.cell=gru: "
        "median 0.2 of 5 runs (0.1 to 0.4, 94%) (someone)",
        "the seeds do not tell: loss at the end below 0.5, median over the seeds, at model.cell=rnn: "
        "median 0.2 of 5 runs (0.1 to 0.6, 94%) (someone)",
        "NOT MET: loss at the end below 0.5, median over the seeds, at model.cell=lstm: "
        "median 0.6 of 5 runs (0.5 to 0.8, 94%); 1 more without a result (someone)",
    ]
    begin = "the seeds do not tell: loss at the end below 0.5, median over the seeds, at model.cell=gru: "
    assert lines(judged(claim, gru=[0.1])) == [
        f"{begin}0.1 (1 run: no interval); fewer than 5 runs cannot show it (someone)"
    ]
    assert lines(judged(claim, gru=five[:4])) == [
        f"{begin}median 0.2 of 4 runs (0.1 to 0.3, 88%); fewer than 5 runs cannot show it (someone)"
    ]
    assert [one.outcome for one in judged(claim, gru=[0.9] * 4)] == ["the seeds do not tell"]
    (nothing,) = judged(claim, gru=[None, None])
    assert (nothing.outcome, nothing.numbers) == ("not met", "no run that it is about has a result")


@pytest.mark.parametrize(
    ("met", "share", "outcome", "interval"),
    [  # Wilson's interval by the formula: 0.596 to 0.982 of 9 in 10
        (9, 0.59, "met", "9 of 10 runs (0.60 to 0.98, 95%)"),
        (
            9,
            0.8,
            "the seeds do not tell",
            "9 of 10 runs (0.60 to 0.98, 95%); fewer than 16 runs cannot show it",
        ),
        (9, 0.7, "the seeds do not tell", "9 of 10 runs (0.60 to 0.98, 95%)"),
        (9, 0.99, "not met", "9 of 10 runs (0.60 to 0.98, 95%)"),
        (10, 0.7, "met", "10 of 10 runs (0.72 to 1.00, 95%)"),
        (0, 0.3, "not met", "0 of 10 runs (0.00 to 0.28, 95%)"),
    ],
)
def test_a_share_of_the_seeds(judged, met, share, outcome, interval):
    (found,) = judged({"below": 0.5, "share_of_seeds": share}, gru=[0.1] * met + [0.9] * (10 - met))
    assert (found.outcome, found.numbers, found.value) == (outcome, interval, met / 10)
    assert found.claim == f"loss at the end below 0.5 for at least {share:.0%} of the seeds"


@pytest.mark.parametrize(
    ("limit", "met"), [({"below": 0.5}, 1), ({"above": 0.5}, 1), ({"near": 0.0, "tolerance": 9.0}, 2)]
)
def test_nan_and_a_run_that_ended_before_do_not_meet_a_claim(judged, limit, met):
    curves = [[9.0, 0.1], [9.0, 0.9], [9.0, math.nan], [9.0]]
    (found,) = judged({**limit, "at": 1, "share_of_seeds": 0.5}, gru=curves)
    assert found.value == met / 4


OPEN, OF = "the seeds do not tell", " (median of 3 runs)"
FAST, SLOW, NEVER = [0.9, 0.3], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.9] * 8
AGAINST_NEVER = f"2 steps{OF} against not reached in 8 steps{OF}: at least 4 × (90%); reached by 3 of 3"


@pytest.mark.parametrize(
    ("rnn", "factor", "outcome", "numbers"),
    [
        (SLOW, 3, "met", f"2 steps{OF} against 6 steps{OF}: 3 × (3 to 3, 90%)"),
        (SLOW, 3.1, "not met", f"2 steps{OF} against 6 steps{OF}: 3 × (3 to 3, 90%)"),
        (NEVER, 4, "met", f"{AGAINST_NEVER} against 0 of 3"),
        (NEVER, 5, OPEN, f"{AGAINST_NEVER} against 0 of 3"),
        (FAST, 1, "not met", f"2 steps{OF} against 2 steps{OF}: 1 × (1 to 1, 90%)"),
        (tuple(NEVER), 5, OPEN, f"{AGAINST_NEVER} against 0 of 3"),
    ],
)
def test_faster_than(judged, rnn, factor, outcome, numbers):
    claim = {"until_below": 0.45, "faster_than": RNN, "factor": factor}
    (found,) = judged(claim, rnn=[rnn] * 3, lstm=[FAST] * 3)
    assert (found.outcome, found.numbers) == (outcome, numbers)
    assert found.point == {"model.cell": "lstm"}
    how = "faster" if factor == 1 else f"at least {factor} × faster"
    assert found.claim == f"loss < 0.45 {how} than model.cell=rnn"


@pytest.mark.parametrize(
    ("fast", "slow", "few"),
    [
        (1, 1, "1 run each cannot show it, 3 each can"),
        (2, 2, "2 runs each cannot show it, 3 each can"),
        (1, 2, "1 and 2 runs cannot show it, 3 each can"),
        (2, 4, "2 and 4 runs cannot show it, 3 and 4 can"),  # of 15 orders one: 6.7 %
        (2, 5, None),  # of 21 one
        (1, 18, "1 and 18 runs cannot show it, 2 and 18 can"),
        (1, 19, None),  # of 20 one
        (3, 3, None),
    ],
)
def test_how_many_runs_a_comparison_needs(judged, fast, slow, few):
    claim = {"until_below": 0.45, "faster_than": RNN}
    (found,) = judged(claim, rnn=[SLOW] * slow, lstm=[FAST] * fast)
    assert found.outcome == ("met" if few is None else OPEN)
    assert found.numbers.partition("; ")[2] == (few or "")


def test_two_seeds_each_tell_nothing_of_values(judged):
    (found,) = judged({"below_that_of": RNN}, rnn=[0.235, 0.235], lstm=[0.2675, 0.2675])
    assert (found.outcome, found.coverage) == (OPEN, pytest.approx(2 / 3))


def test_slower_than_what_never_came(judged):
    (found,) = judged(
        {"until_below": 0.45, "faster_than": RNN, "factor": 2}, rnn=[SLOW] * 3, lstm=[NEVER] * 3
    )
    assert (found.outcome, found.numbers) == (
        "not met",
        f"not reached in 8 steps{OF} against 6 steps{OF}: at most 0.75 × (90%); "
        "reached by 0 of 3 against 3 of 3",
    )
    (found,) = judged({"until_below": 0.45, "faster_than": RNN}, rnn=[NEVER], lstm=[NEVER])
    assert (found.outcome, found.numbers, found.value) == (
        "the seeds do not tell",
        "not reached in 8 steps against not reached in 8 steps; reached by 0 of 1 against 0 of 1, "
        "so that nothing is known of their ratio",
        None,
    )


def test_an_interval_that_says_nothing_is_not_printed(judged):
    """Two fast and one that never came against two that never came and one: from 0 to inf."""
    (found,) = judged(
        {"until_below": 0.45, "faster_than": RNN}, rnn=[NEVER, NEVER, SLOW], lstm=[FAST, FAST, NEVER]
    )
    assert (found.outcome, found.numbers) == (
        OPEN,
        f"2 steps{OF} against not reached in 8 steps{OF}; reached by 2 of 3 against 1 of 3, "
        "so that nothing is known of their ratio",
    )


def test_the_values_of_every_seed_are_kept(judged):
    (found,) = judged({"until_below": 0.45, "faster_than": RNN}, rnn=[SLOW, None], lstm=[FAST, NEVER])
    assert [tuple(one)[:4] for one in found.values] == [
        (0, 2, None, False),
        (1, None, 8, False),
        (0, 6, None, True),
        (1, None, None, True),
    ]


@pytest.mark.parametrize("claim", [{"below_that_of": RNN}, {"above_that_of": RNN, "factor": 1}])
def test_what_is_equal_is_neither_above_nor_below(judged, claim):
    (found,) = judged(claim, rnn=[1.0] * 3, lstm=[1.0] * 3)
    assert (found.outcome, found.low, found.high) == ("not met", 1, 1)
    (found,) = judged(claim, rnn=[2.0, 1.0, 1.0], lstm=[1.0, 2.0, 2.0])
    assert found.outcome == "the seeds do not tell"
    smaller, larger = ("lstm", "rnn") if "below_that_of" in claim else ("rnn", "lstm")
    (found,) = judged(claim, **{smaller: [1.0] * 3, larger: [1.01] * 3})
    assert found.outcome == "met"


def test_equal_is_at_least_once_as_much_of_a_factor(judged):
    (found,) = judged({"below_that_of": RNN, "factor": 2}, rnn=[2.0] * 3, lstm=[1.0] * 3)
    assert found.outcome == "met"


def test_values_compared(judged):
    """The nine ratios: 3, 3, 4, 4, 5, 5, 6, 8, 10."""
    (below,) = judged({"below_that_of": RNN, "factor": 2.9}, rnn=[0.6, 0.8, 1.0], lstm=[0.1, 0.2, 0.2])
    assert below.numbers == "0.2 (median of 3 runs) against 0.8 (median of 3 runs): 5 × (3 to 10, 90%)"
    assert (below.outcome, below.claim) == (
        "met",
        "loss at the end at least 2.9 × below that of model.cell=rnn",
    )
    (above,) = judged({"above_that_of": RNN}, rnn=[0.6, 0.8, 1.0], lstm=[0.1, 0.2, 0.2])
    assert (above.outcome, above.claim) == ("not met", "loss at the end above that of model.cell=rnn")
    assert (above.value, above.low, above.high) == pytest.approx((0.2, 0.1, 1 / 3))


def test_steps_over_seeds(judged):
    (found,) = judged({"until_below": 0.45, "below": 5, "over_seeds": "median"}, gru=[FAST] * 4 + [NEVER])
    assert (found.outcome, found.numbers) == (
        "the seeds do not tell",
        "median 2 steps of 5 runs (2 to inf, 94%)",
    )
    (found,) = judged({"until_below": 0.45, "share_of_seeds": 0.2}, gru=[FAST, FAST, NEVER])
    assert (found.outcome, found.numbers) == ("met", "2 of 3 runs (0.21 to 0.94, 95%)")
    (found,) = judged({"until_below": 0.45, "above": 9, "share_of_seeds": 0.2}, gru=[FAST, SLOW, NEVER])
    assert found.numbers == "0 to 1 of 3 runs (0.00 to 0.79, 95%)"


@pytest.mark.parametrize("limit", [{"below": 99.0}, {"above": 0.0}, {"near": 5.0, "tolerance": 99.0}])
@pytest.mark.parametrize("last", [7.0, math.inf, math.nan])
def test_a_run_that_diverged_does_not_meet_a_claim_about_its_end(judged, limit, last):
    (found,) = judged({**limit, "over_seeds": "median"}, gru=[(9.0, last)] * 5)
    assert found.outcome == "not met"
    (found,) = judged({**limit, "share_of_seeds": 0.5}, gru=[(9.0, last), [8.0, 7.0]])
    assert found.value == 0.5
    (before,) = judged({**limit, "at": 0, "over_seeds": "median"}, gru=[(9.0, last)] * 5)
    assert before.outcome == "met"


@pytest.mark.parametrize("limit", [{"below": 500}, {"above": 1}, {}])
def test_a_run_that_diverged_never_reaches_what_it_has_not_reached(judged, limit):
    claim = {"until_below": 0.45, **limit, "over_seeds": "median"}
    assert judged(claim, gru=[(0.9, 0.8)] * 5)[0].outcome == "not met"
    (faster,) = judged({"until_below": 0.45, "faster_than": RNN}, rnn=[SLOW] * 3, lstm=[(0.9, 0.8)] * 3)
    assert faster.outcome == "not met"


@pytest.mark.parametrize("how", ["below_that_of", "above_that_of"])
def test_what_diverged_is_no_limit_for_others(judged, how):
    runs = {"rnn": [(9.0, math.nan), (9.0, 8.0), (9.0, 8.0)], "lstm": [0.1, 0.15, 0.2]}
    (found,) = judged({how: RNN}, **runs)
    assert (found.outcome, found.numbers) == (
        OPEN,
        f"0.15{OF} against not known{OF}, so that nothing is known of their ratio",
    )
    turned = {"rnn": runs["lstm"], "lstm": runs["rnn"]}
    assert judged({how: RNN}, **turned)[0].outcome == "not met"


def test_values_below_zero_are_compared_by_their_difference(judged):
    """A log-likelihood: -20 is below -10, though their ratio is 2."""
    high, low = [-10.0, -11.0, -12.0], [-20.0, -21.0, -22.0]
    below = {"below_that_of": RNN}
    (found,) = judged(below, rnn=high, lstm=low)
    of = " (median of 3 runs)"
    assert (found.outcome, found.value) == ("met", 10.0)
    assert found.numbers == f"-21{of} against -11{of}: apart by 10 (8 to 12, 90%)"
    assert judged(below, rnn=low, lstm=high)[0].outcome == "not met"
    assert judged({"above_that_of": RNN}, rnn=low, lstm=high)[0].outcome == "met"
    assert judged(below, rnn=high, lstm=high)[0].outcome == OPEN
    assert judged(below, rnn=[1.0, 2.0, 3.0], lstm=[-1.0, -2.0, -3.0])[0].outcome == "met"
    (factor,) = judged({**below, "factor": 2}, rnn=high, lstm=low)
    assert (factor.outcome, factor.numbers.split(": ")[1]) == (
        "not met",
        "a factor says nothing of values below 0",
    )


def test_a_claim_that_compares_with_points_which_were_not_asked_for_has_no_verdict(judged):
    assert judged({"below_that_of": RNN}, lstm=[0.1, 0.2]) == []
    (found,) = judged({"below_that_of": RNN}, lstm=[0.1, 0.2], rnn=[None])
    assert (found.outcome, found.numbers) == ("not met", "no run that is compared with has a result")


def test_a_claim_about_what_a_search_never_chose_is_not_met(small):
    claim = {"metric": "loss", "below": 1.0, "over_seeds": "median", "where": RNN}
    experiment = resolve(small(model__cell="gru", expect=claim))
    points = [PointCurves(Point({"model.cell": "gru"}, experiment), {"loss": [0.1]})]
    assert judge_points(points) == []
    compared = resolve(
        small(model__cell="gru", expect={"metric": "loss", "below_that_of": {"model.cell": "gru"}})
    )
    alone = [PointCurves(Point({"model.cell": "gru"}, compared), {"loss": [0.1]})]
    assert [one.outcome for one in judge_points(alone, open_keys=["model.cell"])] == ["not met"]
    single = resolve(small(model__cell="gru", expect={"metric": "loss", "below": 1.0, "where": RNN}))
    alone = [PointCurves(Point({"model.cell": "gru"}, single), None)]
    assert [one.outcome for one in judge_points(alone, open_keys=["model.cell"])] == ["not met"]
    assert judge_points(alone) == []
    (found,) = judge_points(points, open_keys=["model.cell"])
    assert (found.outcome, found.point, found.numbers) == (
        "not met",
        RNN,
        "no trial of the search is one that it is about",
    )


def test_where_limits_the_groups(judged):
    claim = {"below": 0.5, "over_seeds": "median", "where": {"model": {"cell": "gru"}}}
    assert [one.point for one in judged(claim, gru=[0.1], rnn=[0.1])] == [{"model.cell": "gru"}]


def test_runs_that_are_compared_agree_in_what_else_is_swept(small):
    """Two sizes: each lstm is compared with the rnn of its size; learning rates go with the cell."""
    claim = {"metric": "loss", "below_that_of": RNN}
    points = []
    for cell, rate in (("rnn", 0.1), ("lstm", 0.01)):
        for size in (3, 4):
            table = small(
                model__cell=cell, model__hidden_size=size, training__learning_rate=rate, expect=claim
            )
            values = {
                "model.cell": cell,
                "training.learning_rate": rate,
                "model.hidden_size": size,
                "seed": 0,
            }
            together = (("model.cell", "training.learning_rate"), ("model.hidden_size",), ("seed",))
            loss = {("rnn", 3): 3.0, ("rnn", 4): 8.0, ("lstm", 3): 1.0, ("lstm", 4): 2.0}[cell, size]
            points.append(PointCurves(Point(values, resolve(table), together), {"loss": [loss]}))
    assert [(one.point["model.hidden_size"], one.value) for one in judge_points(points)] == [(3, 3), (4, 4)]
    alone = [one._replace(point=one.point._replace(together=())) for one in points]
    assert [one.numbers for one in judge_points(alone)] == ["no run that is compared with has a result"] * 2


def test_a_metric_that_a_run_does_not_have(judged):
    (found,) = judged({"metric": "mse", "below": 1.0, "over_seeds": "median"}, gru=[0.1, 0.2])
    assert (found.outcome, found.numbers) == ("not met", "no run that it is about has a result")


@pytest.fixture
def by_values(small):
    """A function: verdicts on a claim, for the last loss at swept values, ``together`` or each for itself."""

    def make(claim, *given, together=()):
        points = []
        for values, loss in given:
            changes = {key.replace(".", "__"): value for key, value in values.items()}
            experiment = resolve(small(**changes, expect={"metric": "loss", **claim}))
            point = Point(values, experiment, together or tuple((key,) for key in values))
            points.append(PointCurves(point, {"loss": [loss]}))
        return judge_points(points)

    return make


BIAS = [{"name": "forget_bias", "value": value} for value in (0.0, 1.0)]


@pytest.mark.parametrize(
    "other", [{"model.init": BIAS[0]}, {"model.init_options.value": 0.0}, {"model": {"init": BIAS[0]}}]
)
def test_initialisations_with_their_options_are_compared(by_values, other):
    claim = {"where": {"model.init": BIAS[1]}, "below_that_of": other}
    given = [
        ({"model.init": init, "model.hidden_size": 4}, loss)
        for init, loss in zip(BIAS, (2.0, 1.0), strict=True)
    ]
    (found,) = by_values(claim, *given, ({"model.init": BIAS[0], "model.hidden_size": 5}, 9.0))
    assert (found.outcome, found.value) == (OPEN, 2)
    assert 'at model.init={name = "forget_bias", value = 1.0}, model.hidden_size=4: 1 against 2' in str(found)


def test_tasks_are_compared_by_what_is_in_their_tables(by_values):
    tasks = [{"name": "adding", "length": length} for length in (5, 9)]
    claim = {"where": {"task.length": 9}, "above_that_of": {"task.length": 5}}
    (found,) = by_values(claim, ({"task": tasks[0]}, 1.0), ({"task": tasks[1]}, 3.0))
    assert (found.outcome, found.value) == (OPEN, 3)


def test_limits_that_are_left_out_are_compared(by_values):
    limits = "training.clip_norm"
    (found,) = by_values({"above_that_of": {limits: "none"}}, ({limits: "none"}, 1.0), ({limits: 1.0}, 3.0))
    assert (found.outcome, found.value) == (OPEN, 3)
    assert found.claim == "loss at the end above that of training.clip_norm=none"


RATES = "training.learning_rate"


def at_rates(small_loss, seeds=3):
    """For each cell and learning rate three seeds with the same loss."""
    return [
        ({"model.cell": cell, RATES: rate, "seed": seed}, loss)
        for (cell, rate), loss in small_loss.items()
        for seed in range(seeds)
    ]


LOSSES = {("rnn", 0.1): 4.0, ("rnn", 0.01): 2.0, ("lstm", 0.1): 1.0, ("lstm", 0.01): 9.0}


def test_each_side_at_its_best_learning_rate(by_values):
    claim = {"where": {"model.cell": "lstm"}, "below_that_of": RNN, "best_over": [RATES]}
    (found,) = by_values(claim, *at_rates(LOSSES))
    assert (found.outcome, found.value, found.point, found.runs) == ("met", 2.0, {"model.cell": "lstm"}, 3)
    assert found.claim == f"loss at the end below that of model.cell=rnn, each at its best {RATES}"
    assert found.numbers.endswith(f"; best {RATES}: 0.1 against 0.01, chosen on the same runs")
    above = {"where": {"model.cell": "lstm"}, "above_that_of": RNN, "best_over": [RATES]}
    (found,) = by_values(above, *at_rates(LOSSES))
    assert (found.outcome, found.value) == ("met", 2.25)  # the largest of both: 9 against 4
    assert [one.outcome for one in by_values({**claim, "best_over": []}, *at_rates(LOSSES))] == [
        "met",
        "not met",
    ]


def test_the_best_of_what_goes_together(by_values):
    claim = {"where": {"model.cell": "lstm"}, "below_that_of": RNN, "best_over": [RATES]}
    (found,) = by_values(claim, *at_rates(LOSSES), together=(("model.cell", RATES), ("seed",)))
    assert found.value == 2.0


@pytest.mark.parametrize(
    ("lstm", "outcome"),
    [
        ([2.0, 2.2, 2.4], "met"),  # ratios of 2.1 to them: .875 to 1.05
        ([2.0, 2.2, 3.2], OPEN),
        ([3.2, 3.3, 9.0], "not met"),
        ([0.5, 0.6, 1.4], "not met"),
    ],
)
def test_within_a_factor(judged, lstm, outcome):
    (found,) = judged({"within_factor_of": RNN, "factor": 1.5}, rnn=[2.1, 2.1, 2.1], lstm=lstm)
    assert (found.outcome, found.claim) == (
        outcome,
        "loss at the end within a factor of 1.5 of that of model.cell=rnn",
    )


def test_steps_within_a_factor(judged):
    claim = {"until_below": 0.45, "within_factor_of": RNN}
    assert judged({**claim, "factor": 3.1}, rnn=[SLOW] * 3, lstm=[FAST] * 3)[0].outcome == "met"
    assert judged({**claim, "factor": 3}, rnn=[SLOW] * 3, lstm=[FAST] * 3)[0].outcome == "not met"
    assert judged({**claim, "factor": 3}, rnn=[NEVER] * 3, lstm=[FAST] * 3)[0].outcome == "not met"
