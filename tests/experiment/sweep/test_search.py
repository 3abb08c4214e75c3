"""A guided search: the same trials again, pruned trials, what is done is not repeated."""

import json
import sys
from pathlib import Path

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.result import Result, write_result
from gradviz.experiment.sweep import search as search_module
from gradviz.experiment.sweep import sweep as sweep_module
from gradviz.experiment.sweep.grid import folder_of
from gradviz.experiment.sweep.plan import read_plan
from gradviz.experiment.sweep.search import NoOptuna, first_points, known_points, search
from gradviz.experiment.sweep.search_settings import SearchSettings
from gradviz.experiment.sweep.trials import Trial, best, write_trials

optuna = pytest.importorskip("optuna")

RATE = {"low": 1e-4, "high": 1e-1, "log": True}
SPACE = {"training.learning_rate": RATE, "model.cell": ["rnn", "gru"], "model.hidden_size": "4..8"}


class Killed(Exception):
    pass


@pytest.fixture
def experiment(tmp_path, small, monkeypatch):
    """A function: the file, its plan and the folder of runs; a run that is done needs its result only."""
    monkeypatch.setattr(sweep_module, "read_finished", lambda folder: Result("a", "done", 2, 0.1, {}))

    def make(**search_table):
        path = tmp_path / "small.toml"
        search_table = {"trials": 12, **search_table}
        path.write_text(tomli_w.dumps(small(sweep={"seed": [0, 1], "search": {**SPACE, **search_table}})))
        file = read_file(path)
        return file, read_plan(file), tmp_path / "runs"

    return make


def loss_of(table):
    """The smaller, the nearer the learning rate is to 0.01; better with gru, worse with seed 1."""
    rate = table["training"]["learning_rate"]
    return abs(rate - 0.01) + (table["model"]["cell"] == "rnn") + 0.001 * table["seed"]


def pretend(jobs, *, most=10**9, outcome=lambda table: "done"):
    """An executor that only writes what a run leaves; it is killed after so many jobs."""
    for number, job in enumerate(jobs):
        if number >= most:
            raise Killed
        folder = Path(job.folder)
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(f"step,loss\n0,9.0\n1,{loss_of(job.table)!r}\n")
        result = Result("a", outcome(job.table), 2, 0.1, {})
        write_result(folder, result)
        yield number, result


def by_hand(trials, at_once=1):
    """The same search written with optuna alone."""
    sampler = optuna.samplers.TPESampler(seed=0, multivariate=False, constant_liar=at_once > 1)
    study = optuna.create_study(sampler=sampler)
    while len(study.trials) < trials:
        asked = [study.ask() for _ in range(at_once)]
        for trial in asked:
            # in the order of the file that tomli_w writes: tables last
            cell = ["rnn", "gru"][trial.suggest_categorical("model.cell", [0, 1])]
            trial.suggest_int("model.hidden_size", 4, 8)
            rate = trial.suggest_float("training.learning_rate", 1e-4, 1e-1, log=True)
            trial.set_user_attr("loss", abs(float(f"{rate:.6g}") - 0.01) + (cell == "rnn") + 0.0005)
        for trial in asked:
            study.tell(trial, trial.user_attrs["loss"])
    return [(one.params["model.hidden_size"], one.value) for one in study.trials]


def seen(found):
    return [(trial.values["model.hidden_size"], trial.value) for trial in found.trials]


@pytest.fixture(autouse=True)
def _quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR  # as it was


@pytest.mark.parametrize(("trials", "at_once"), [(12, 1), (18, 3)])  # the first ten are by chance
def test_the_trials_are_those_of_optuna(experiment, trials, at_once):
    found = search(*experiment(trials=trials, at_once=at_once), pretend)
    expected = by_hand(trials, at_once)
    assert [size for size, _ in seen(found)] == [size for size, _ in expected]
    assert [loss for _, loss in seen(found)] == pytest.approx([loss for _, loss in expected])
    assert len(found.ends) == 2 * trials  # each with both seeds
    assert best(SearchSettings(trials), found.trials).value == min(loss for _, loss in seen(found))
    assert best(SearchSettings(trials, goal="max"), found.trials).value == max(
        loss for _, loss in seen(found)
    )


def test_a_search_that_was_killed_goes_on_with_the_same_trials(experiment, tmp_path):
    file, plan, _ = experiment()
    whole = search(file, plan, tmp_path / "whole", pretend)
    begun = []

    def killed_later(jobs):
        begun.extend(jobs)
        yield from pretend(jobs, most=1 if len(begun) > 12 else 2)

    runs = tmp_path / "runs"
    with pytest.raises(Killed):
        search(file, plan, runs, killed_later)
    assert 10 < len(list(runs.iterdir())) < 24
    waiting = known_points(file, plan, runs)
    assert sum(folder_of(runs, point).exists() for point in waiting) == len(waiting) - 1  # one of two seeds
    again = []
    resumed = search(file, plan, runs, lambda jobs: pretend(again.extend(jobs) or jobs))
    assert resumed.trials == whole.trials
    assert len(again) + len(waiting) - 1 == 24
    assert len(known_points(file, plan, runs)) == 24


def test_a_trial_that_was_stopped_early_is_pruned(small, experiment, tmp_path, monkeypatch):
    studies = []
    create = optuna.create_study
    monkeypatch.setattr(optuna, "create_study", lambda **given: studies.append(create(**given)) or studies[0])
    path = tmp_path / "hopeless.toml"
    table = small(task={"name": "delayed_recall", "length": 6}, training__stop_when="hopeless")
    path.write_text(
        tomli_w.dumps({**table, "sweep": {"search": {"trials": 6, "model.cell": ["rnn", "gru"]}}})
    )
    file = read_file(path)

    def outcome(table):
        return "stopped" if table["model"]["cell"] == "rnn" else "done"

    found = search(file, read_plan(file), tmp_path / "runs", lambda jobs: pretend(jobs, outcome=outcome))
    states = {(trial.values["model.cell"], trial.state) for trial in found.trials}
    assert states == {("rnn", "pruned"), ("gru", "complete")}
    told = {(trial.params["model.cell"], trial.state.name) for trial in studies[0].trials}
    assert told == {(0, "PRUNED"), (1, "COMPLETE")}
    assert len(found.ends) == 2  # a point that is chosen again is not run again


def test_trials_without_a_result_or_a_finite_value(experiment, monkeypatch):
    monkeypatch.setattr(
        sys.modules[__name__], "loss_of", lambda table: float("nan" if table["seed"] else "0.5")
    )
    found = search(*experiment(trials=2), pretend)
    assert [trial.state for trial in found.trials] == ["pruned"] * 2
    broken = search(*experiment(trials=2, seed=5), lambda jobs: ((k, "it broke") for k in range(len(jobs))))
    assert [(trial.state, trial.value) for trial in broken.trials] == [("failed", None)] * 2
    assert best(SearchSettings(2), broken.trials) is None


def test_mistakes_are_found_before_the_first_run(experiment):
    file, plan, _ = experiment(metric="los")
    with pytest.raises(
        BadExperiment, match=r"sweep\.search\.metric: unknown metric 'los'; did you mean 'loss'\?"
    ):
        first_points(file, plan)
    file, plan, _ = experiment(**{"model.hidden_size": "-3..8"})
    with pytest.raises(BadExperiment, match=r"\[sweep\] model\.hidden_size = -3: must be at least 1"):
        first_points(file, plan)
    sizes = {point.experiment.model.hidden_size for point in first_points(*experiment()[:2])}
    assert sizes == {4, 8}


def test_without_optuna(experiment, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(NoOptuna, match=r"needs optuna: install gradviz\[search\], or use \[sweep\.random\]"):
        search_module.check_optuna()


def test_the_file_of_the_trials(tmp_path):
    trials = [Trial(0, {"seed": 1}, "complete", 0.5), Trial(1, {"seed": 2}, "failed", None)]
    tables = json.loads(write_trials(tmp_path, trials).read_text())
    assert tables[0] == {"number": 0, "values": {"seed": 1}, "state": "complete", "value": 0.5}
    assert tables[1]["value"] is None
