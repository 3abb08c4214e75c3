"""A claim about no run is a mistake; one about other points of the same file says so."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.check_claims import claims_elsewhere, claims_of_the_sweep, claims_on_points
from gradviz.experiment.sweep.grid import points

SWEEP = {"seed": "0..1", "model.cell": ["rnn", "lstm"]}
ELSEWHERE = "about other runs, so not judged here: loss at the end below 1 (where {})"


@pytest.fixture
def check(tmp_path, small):
    """A function: what is said of a claim with these conditions, in a sweep or of a single run."""
    path = tmp_path / "small.toml"

    def make(where, *settings, sweep=None, single=False, **claim):
        table = small(expect=[{"metric": "loss", "below": 1, "where": where, **claim}])
        path.write_text(tomli_w.dumps({**table, **({"sweep": sweep} if sweep else {})}))
        file = read_file(path, settings)
        found = (
            [resolve(file.table, file.place)]
            if single or not sweep
            else [point.experiment for point in points(file)]
        )
        return claims_elsewhere(file, found)

    return make


def complaint(check, *arguments, **options):
    with pytest.raises(BadExperiment) as found:
        check(*arguments, **options)
    return [line.partition("small.toml: ")[2] or line for line in str(found.value).splitlines()]


@pytest.mark.parametrize("sweep", [None, SWEEP])
@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {"model.cel": "lstm"},
            "expect[0].where.model.cel: unknown key; did you mean 'cell'? (cell, hidden_",
        ),
        ({"modle": {"cell": "rnn"}}, "expect[0].where.modle: unknown key; did you mean 'model'? (name, "),
        ({"task.lenght": 8}, "expect[0].where.task.lenght: unknown key; did you mean 'length'? (length)"),
        (
            {"model.cell": "lstn"},
            "expect[0].where.model.cell: unknown cell 'lstn'; did you mean 'lstm'? (gru, ",
        ),
        ({"model": {"hidden_size": "4"}}, "expect[0].where.model.hidden_size = '4': must be a whole number"),
        ({"model.cell.x": 1}, "expect[0].where.model.cell.x: model.cell is not a table: no value can be set"),
    ],
)
def test_what_no_run_can_have(check, sweep, where, message):
    (line,) = complaint(check, where, sweep=sweep)
    assert line.startswith(message)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {"model.cell": "gru"},
            "expect[0].where.model.cell = 'gru': no point of the sweep has this ('rnn', 'lstm')",
        ),
        (
            {"seed": 2, "model.hidden_size": 5},
            "expect[0].where.seed = 2: no point of the sweep has this (0, 1)",
        ),
    ],
)
def test_what_no_point_has(check, where, message):
    assert complaint(check, where, sweep=SWEEP)[0] == message


def test_what_no_point_has_together(check):
    zipped = {**SWEEP, "zip": ["seed", "model.cell"]}
    assert check({"seed": 0, "model.cell": "rnn"}, sweep=zipped) == []
    assert complaint(check, {"seed": 0, "model.cell": "lstm"}, sweep=zipped) == [
        "expect[0].where: no point of the sweep has all of these values"
    ]


@pytest.mark.parametrize("name", ["faster_than", "below_that_of", "above_that_of"])
def test_what_is_compared_with(check, name):
    claim = {"below": None, "until_below": 0.5 if name == "faster_than" else None}
    claim = {key: value for key, value in claim.items() if value is not None}
    with pytest.raises(BadExperiment, match=rf"expect\[0\]\.{name}\.model\.cell: unknown cell 'rn'"):
        _compare(check, name, claim, "rn")
    assert _compare(check, name, claim, "rnn") == []


def _compare(check, name, claim, cell):
    return check(
        {"model.cell": "lstm"},
        'expect=[{metric="loss", '
        + ", ".join(
            [f"{key}={value}" for key, value in claim.items()]
            + ['where={model.cell="lstm"}', f'{name}={{"model.cell"="{cell}"}}']
        )
        + "}]",
        sweep=SWEEP,
    )


def test_a_claim_about_other_points_of_the_file(check):
    assert check({"model.cell": "lstm"}, sweep=SWEEP) == []
    assert check({"model": {"cell": "lstm"}}, sweep=SWEEP) == []
    for where, settings, single in (
        ({"model.cell": "lstm"}, [], True),
        ({"model.cell": "lstm"}, ["model.cell=rnn"], False),
        ({"seed": 1}, ["sweep.seed=[0]"], False),
        ({"model.hidden_size": 4}, ["model.hidden_size=5"], False),
    ):
        told = ", ".join(f"{key}={value}" for key, value in where.items())
        assert check(where, *settings, sweep=SWEEP, single=single) == [ELSEWHERE.format(told)]


def test_a_single_run_may_be_another_one(check):
    """Without a sweep nobody knows which runs are made by hand; what cannot be is a mistake all the same."""
    assert check({"model.cell": "gru"}) == []
    assert check({"model.cell": "lstm"}) == [ELSEWHERE.format("model.cell=lstm")]


def test_keys_that_a_search_chooses_are_not_known_yet(tmp_path, small):
    path = tmp_path / "small.toml"
    claim = {"metric": "loss", "below": 1, "where": {"model.hidden_size": 77}}
    path.write_text(tomli_w.dumps(small(expect=[claim])))
    file = read_file(path)
    assert claims_elsewhere(file, [resolve(file.table)], open_keys={"model.hidden_size"}) == []
    assert len(claims_elsewhere(file, [resolve(file.table)])) == 1


def test_a_claim_over_several_runs_is_named_by_a_single_one(small):
    claims = [
        {"metric": "loss", "below": 1},
        {"metric": "loss", "below": 1, "share_of_seeds": 0.8, "where": {"seed": 0}},
    ]
    assert claims_of_the_sweep(resolve(small(expect=claims))) == [
        "over several runs, so gradviz sweep judges it: loss at the end below 1 for at least 80% of the "
        "seeds (where seed=0)"
    ]


def test_claims_over_several_points_that_are_about_some_of_them(small):
    claims = [
        {"metric": "loss", "below": 1},
        {"metric": "loss", "below": 1, "over_seeds": "median", "where": {"model.cell": "lstm"}},
        {"metric": "loss", "below": 1, "over_seeds": "median", "where": {"training.omega": "none"}},
    ]
    found = [resolve(small(model__cell=cell, expect=claims)) for cell in ("gru", "lstm")]
    begin = "judged when all points are done: loss at the end below 1, median over the seeds (where "
    assert claims_on_points(found) == [f"{begin}model.cell=lstm)", f"{begin}training.omega=none)"]
    assert claims_on_points(found[:1]) == [f"{begin}training.omega=none)"]


def test_limits_that_are_left_out(check):
    sweep = {"training.clip_norm": [1.0, "none"]}
    assert check({"training.clip_norm": "none"}, sweep=sweep) == []
    assert complaint(check, {"training.clip_norm": 2.0}, sweep=sweep) == [
        "expect[0].where.training.clip_norm = 2.0: no point of the sweep has this (1.0, none)"
    ]
    assert complaint(check, {"training.clip_norm": "none"}, sweep={"training.clip_norm": [1.0, 3.0]}) == [
        "expect[0].where.training.clip_norm = none: no point of the sweep has this (1.0, 3.0)"
    ]
    assert complaint(check, {"training.clipnorm": "none"}, sweep=sweep) != []


INITS = ["default", {"name": "unit_gate"}, ["orthogonal", {"name": "chrono", "t_max": 9}]]


@pytest.mark.parametrize("init", INITS)
def test_an_initialisation_as_it_is_swept(check, init):
    assert check({"model.init": init}, sweep={"model.init": INITS}) == []


def test_an_initialisation_with_options_that_no_point_has(check):
    where = {"model.init": ["orthogonal", {"name": "chrono", "t_max": 8}]}
    assert complaint(check, where, sweep={"model.init": INITS}) == [
        "expect[0].where.model.init_options.chrono.t_max = 8: no point of the sweep has this (none, 9)"
    ]


def test_a_list_of_values(check):
    sweep = {"seed": "0..1", "model.cell": ["rnn", "lstm", "gru"]}
    assert check({"model.cell": ["rnn", "gru"]}, sweep=sweep) == []
    assert check({"model.cell": ["rnn", "gru"]}, "model.cell=rnn", sweep=sweep) == []
    assert check({"model.cell": ["rnn", "gru"]}, "model.cell=lstm", sweep=sweep) == [
        'about other runs, so not judged here: loss at the end below 1 (where model.cell=["rnn", "gru"])'
    ]
    (line,) = complaint(check, {"model.cell": ["rnn", "grv"]}, sweep=sweep)
    assert line.startswith("expect[0].where.model.cell: unknown cell 'grv'; did you mean 'gru'?")
    (line,) = complaint(check, {"model.cell": ["rnn", "lstm_manual"]}, sweep={"model.cell": ["rnn", "lstm"]})
    assert line.startswith("expect[0].where.model.cell")


def test_a_list_that_means_both(check):
    sweep = {"task.length": [4, [4, 6]]}
    (line,) = complaint(check, {"task.length": [4, 6]}, sweep=sweep)
    assert line == (
        "expect[0].where.task.length = [4, 6]: is the value of some runs and a list of values of others; "
        "make a claim for each of these"
    )
    assert check({"task.length": [4, 6]}, sweep={"task.length": [[4, 6], [6, 8]]}) == []
