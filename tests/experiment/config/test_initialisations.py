"""One initialisation or several in turn: forms of one thing, a sweep over them, and every mistake."""

from pathlib import Path

import pytest

from gradviz.experiment.config.experiment_file import ExperimentFile
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import ModelConfig
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.grid import points

BOTH = {"orthogonal": {"gain": 1.5}, "chrono": {"t_max": 50}}


def lines(table):
    with pytest.raises(BadExperiment) as found:
        resolve(table, lambda _: "x.toml")
    return [line.removeprefix("x.toml: ") for line in str(found.value).splitlines()]


@pytest.mark.parametrize(
    ("init", "options"),
    [
        ("chrono", {"t_max": 50}),
        ("chrono", {"chrono": {"t_max": 50}}),
        ("chrono", {"chrono": {"t_max": 50}, "orthogonal": {"gain": 3.0}, "identity": {}}),
        (["chrono"], {"t_max": 50}),
        (["chrono"], {"chrono": {"t_max": 50}}),
        ({"name": "chrono", "t_max": 50}, {}),
        ([{"name": "chrono", "t_max": 50}], {}),
        (["default", {"name": "chrono", "t_max": 50}], {}),
    ],
)
def test_one_initialisation_is_one_run_however_it_is_written(small, init, options):
    plain = resolve(small(model__init="chrono", model__init_options={"t_max": 50}))
    written = resolve(small(model__init=init, model__init_options=options))
    assert written == plain
    assert fingerprint(written) == fingerprint(plain)
    assert written.model.initialisations == [("chrono", {"t_max": 50})]


@pytest.mark.parametrize(
    ("init", "options"),
    [
        (["orthogonal", "chrono"], BOTH),
        (["orthogonal", {"name": "chrono", "t_max": 50}], {"orthogonal": {"gain": 1.5}}),
        (
            [{"name": "orthogonal", "gain": 1.5}, {"name": "chrono", "t_max": 50}],
            {"forget_bias": {"value": 3.0}},
        ),
        (["default", "orthogonal", "chrono"], BOTH),
    ],
)
def test_several_are_one_run_however_they_are_written(small, init, options):
    written = resolve(small(model__init=init, model__init_options=options))
    assert written.model.init == ("orthogonal", "chrono")
    assert written.model.init_options == BOTH
    assert written.model.initialisations == [("orthogonal", {"gain": 1.5}), ("chrono", {"t_max": 50})]
    assert resolve(written.table()) == written
    assert fingerprint(resolve(written.table())) == fingerprint(written)


def test_order_and_options_make_another_run(small):
    tables = [
        small(model__init=["orthogonal", "chrono"], model__init_options=BOTH),
        small(model__init=["chrono", "orthogonal"], model__init_options=BOTH),
        small(model__init=["orthogonal", "chrono"], model__init_options={"chrono": {"t_max": 50}}),
        small(model__init="chrono", model__init_options={"t_max": 50}),
        small(model__init="orthogonal"),
        small(),
    ]
    assert len({fingerprint(resolve(table)) for table in tables}) == len(tables)


def test_defaults_are_filled_in(small):
    written = resolve(small(model__init=["orthogonal", "forget_bias"]))
    assert written.model.init_options == {"orthogonal": {"gain": 1.0}, "forget_bias": {"value": 1.0}}
    options = {"orthogonal": {"gain": 1.0}, "forget_bias": {"value": 1.0}}
    assert ModelConfig(cell="gru", init=["orthogonal", "forget_bias"], init_options=options) == ModelConfig(
        cell="gru", init=("orthogonal", "forget_bias"), init_options=options
    )


@pytest.mark.parametrize(
    "values",
    [
        ["default", "chrono", ["orthogonal", "chrono"]],
        ["default", {"name": "chrono", "t_max": 50}, ["orthogonal", {"name": "chrono", "t_max": 50}]],
    ],
)
def test_a_sweep_over_initialisations(small, values):
    options = BOTH if "chrono" in values else {"orthogonal": {"gain": 1.5}}
    table = small(model__init_options=options)
    found = points(ExperimentFile(Path("small.toml"), (), table, {"model.init": values}))
    assert [point.experiment.model.initialisations for point in found] == [
        [("default", {})],
        [("chrono", {"t_max": 50})],
        [("orthogonal", {"gain": 1.5}), ("chrono", {"t_max": 50})],
    ]
    alone = [
        resolve(small()),
        resolve(small(model__init="chrono", model__init_options={"t_max": 50})),
        resolve(small(model__init=["orthogonal", "chrono"], model__init_options=BOTH)),
    ]
    assert [fingerprint(point.experiment) for point in found] == [fingerprint(one) for one in alone]


def test_a_sweep_tells_where_an_option_belongs(small):
    table = small(model__init_options={"t_max": 50})
    with pytest.raises(BadExperiment) as found:
        points(ExperimentFile(Path("small.toml"), (), table, {"model.init": ["default", "chrono"]}))
    assert str(found.value) == (
        "small.toml: [sweep] at model.init=default: model.init_options.t_max: unknown key; (it takes none); "
        "it is an option of chrono: give it as model.init_options.chrono.t_max"
    )


@pytest.mark.parametrize(
    ("init", "options", "expected"),
    [
        (
            "default",
            {"chrono": {"t_mx": 9}},
            ["model.init_options.chrono.t_mx: unknown key; did you mean 't_max'? (t_max)"],
        ),
        (
            ["orthogonal", "chrono"],
            {"chrno": {"t_max": 9}},
            [
                "model.init_options.chrno: unknown initialisation 'chrno'; did you mean 'chrono'? "
                "(chrono, default, forget_bias, identity, orthogonal, unit_gate)"
            ],
        ),
        (
            ["orthogonal", "forget_bias"],
            {"gain": 2.0, "t_max": 3, "vale": 1},
            [
                "model.init_options.gain: there are several initialisations; it is an option of orthogonal: "
                "give it as model.init_options.orthogonal.gain",
                "model.init_options.t_max: there are several initialisations; it is an option of chrono: "
                "give it as model.init_options.chrono.t_max",
                "model.init_options.vale: unknown key; did you mean 'value'? (gain, value)",
            ],
        ),
        (
            ["orthogonal", {"name": "chrono", "t_max": 1}],
            {"orthogonal": {"gain": -1.0}},
            [
                "model.init_options.orthogonal.gain = -1.0: must be a finite number above 0",
                "model.init[1].t_max = 1: must be a finite number of at least 2",
            ],
        ),
        (
            {"name": "chrono", "t_max": 50},
            {"t_max": 50, "chrono": {"t_max": 50}},
            ["model.init_options.chrono.t_max: given in two places", "model.init.t_max: given in two places"],
        ),
        (["chrono"], {}, ["model.init_options.t_max: missing; it has no default"]),
        ("forget_bias", {"gain": 1.0}, ["model.init_options.gain: unknown key; (value); it is an option of"]),
        (["chrono", "default"], {}, ["model.init[1]: default draws all weights again, which undoes"]),
        (["chrono", "chrono"], {}, ["model.init[1]: chrono is in the list already"]),
        (
            ["chrno", 3],
            {},
            ["model.init[0]: unknown initialisation 'chrno'; did", "model.init[1] = 3: must be"],
        ),
        (
            ["orthogonal", "identity"],
            {},
            ["model.init_options.identity: identity is for a plain RNN; in GRU"],
        ),
        (["orthogonal", "forget_bias"], 3, ["model.init_options = 3: must be a table"]),
        ("orthogonal", {"gain": {"a": 1}}, ["model.init_options.gain: unknown initialisation 'gain'"]),
    ],
)
def test_mistakes(small, init, options, expected):
    found = lines(small(model__init=init, model__init_options=options))
    assert len(found) == len(expected)
    for line, start in zip(sorted(found), sorted(expected), strict=True):
        assert line.startswith(start)


def test_other_mistakes_are_found_beside_them(small):
    found = lines(small(model__init=["chrno"], model__hidden_size=0, training__steps=0))
    assert sorted(line.partition(":")[0].partition(" ")[0] for line in found) == [
        "model.hidden_size",
        "model.init[0]",
        "training.steps",
    ]
