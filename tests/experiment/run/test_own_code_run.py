"""Runs with code of one's own: its copy, its name, and that a run is never of two sources."""

import shutil
import sys

import pytest
import tomli_w
import torch
from own_sources import FILES, TABLE, write_sources

import gradviz as gv
from gradviz.experiment.config.experiment_file import read_experiment
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.own_code import source as source_module
from gradviz.experiment.own_code.failure import OwnCodeFailed
from gradviz.experiment.own_code.reference import BadSource
from gradviz.experiment.run.folder import run_folder
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.run import run
from gradviz.experiment.run.trained import load_trained
from gradviz.recording.load import read_file
from gradviz.runs.parse_toml import parse


@pytest.fixture
def forget(monkeypatch):
    """Everything that this process knows of own code, as in another process."""

    def forgotten():
        monkeypatch.setattr(source_module, "_KNOWN", {})
        for name in [name for name in sys.modules if name.startswith("gradviz_source_")]:
            del sys.modules[name]

    forgotten()
    yield forgotten
    forgotten()


def experiment_in(folder, table=TABLE, **sources):
    write_sources(folder, **sources)
    (folder / "own.toml").write_text(tomli_w.dumps(table))
    return read_experiment(folder / "own.toml")


def test_a_moved_folder_is_the_same_run_and_an_edited_source_another(tmp_path, forget):
    first = fingerprint(experiment_in(tmp_path / "first place"))
    shutil.move(tmp_path / "first place", tmp_path / "größer")
    forget()
    assert fingerprint(read_experiment(tmp_path / "größer" / "own.toml")) == first
    for name in ("mytasks", "answers", "mymodel", "myopt", "mymetric"):
        edited = {name: FILES[f"{name}.py"] + "# edited\n"}
        assert fingerprint(experiment_in(tmp_path / "größer", **edited)) != first
    (tmp_path / "größer" / "unused.py").write_text("")
    assert fingerprint(experiment_in(tmp_path / "größer")) == first


def test_the_options_are_settings_with_their_defaults(tmp_path):
    first = experiment_in(tmp_path)
    assert first.task.options == {"length": 6}
    assert first.model.options == {"hidden_size": 3}
    table = {**TABLE, "task": {"name": "mytasks.py:make", "length": 9}}
    assert fingerprint(experiment_in(tmp_path, table)) != fingerprint(first)
    table = {**TABLE, "task": {"name": "mytasks.py:make", "length": 6}}
    assert fingerprint(experiment_in(tmp_path, table)) == fingerprint(first)


def test_empty_and_nested_options_come_back_from_the_table(tmp_path):
    make = "def make(length=6, text='x', many=(1,), table=None):\n"
    make += "    assert (text, many, table) == ('', (), {'a': {}})\n    return First(length)\n"
    sources = {
        "mytasks": FILES["mytasks.py"].replace("def make(length=6):\n    return First(length)\n", make)
    }
    options = {"text": "", "many": [], "table": {"a": {}}}
    one = experiment_in(tmp_path, {**TABLE, "task": {"name": "mytasks.py:make", **options}}, **sources)
    again = resolve(one.table())
    assert again.task.options == {"length": 6, **options}
    assert fingerprint(again) == fingerprint(one)


def test_a_run_keeps_its_sources_and_works_from_them(tmp_path, forget):
    experiment = experiment_in(tmp_path / "code")
    folder = run_folder(tmp_path / "runs", experiment)
    result = run(experiment, folder)
    config = parse((folder / "config.toml").read_text())
    copies = {path.name: path for path in (folder / "sources").rglob("*.py")}
    assert {name: path.read_text() for name, path in copies.items()} == FILES
    assert config["task"] == {
        "name": f"sources/{copies['mytasks.py'].parent.name}/mytasks.py:make",
        "length": 6,
    }
    assert copies["answers.py"].parent == copies["mytasks.py"].parent
    shutil.rmtree(tmp_path / "code")
    folder = folder.rename(tmp_path / "moved")
    forget()
    model, task = load_trained(folder)
    inputs, targets = task.batch(50, torch.Generator().manual_seed(1))
    assert task.loss(model(inputs), targets) < 2
    assert fingerprint(read_experiment(folder / "config.toml")) == fingerprint(experiment)
    assert run(read_experiment(folder / "config.toml"), folder) == result
    (folder / "sources" / copies["answers.py"].parent.name / "answers.py").write_text("x = 1\n")
    forget()
    with pytest.raises(BadExperiment, match=r"task.name = .* was changed; it must be the source"):
        load_trained(folder)


def test_a_run_does_not_go_on_with_a_copy_that_was_changed(tmp_path, forget):
    experiment = experiment_in(tmp_path / "code")
    folder = run_folder(tmp_path / "runs", experiment)
    with pytest.raises(Interrupted):
        run(experiment, folder, on_step=interrupt_at(2))
    (copy,) = (folder / "sources").rglob("mymodel.py")
    copy.write_text(FILES["mymodel.py"] + "# edited\n")
    with pytest.raises(BadSource, match=r"mymodel.py was changed"):
        run(experiment, folder, begin="resume")


def interrupt_at(step):
    def on_step(taken):
        if taken.step == step:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGINT)

    return on_step


def test_an_interrupted_run_ends_in_the_same_bits(tmp_path, forget):
    experiment = experiment_in(tmp_path / "code")
    whole = run(experiment, tmp_path / "whole")
    for step in (0, 3):
        with pytest.raises(Interrupted):
            run(experiment, tmp_path / "parts", begin="resume", on_step=interrupt_at(step))
    shutil.rmtree(tmp_path / "code")
    forget()
    again = read_experiment(tmp_path / "parts" / "config.toml")
    assert run(again, tmp_path / "parts", begin="resume").final == whole.final
    assert (tmp_path / "parts" / "metrics.csv").read_bytes() == (
        tmp_path / "whole" / "metrics.csv"
    ).read_bytes()
    one, other = (load_trained(tmp_path / name)[0].state_dict() for name in ("whole", "parts"))
    assert all(torch.equal(one[name], other[name]) for name in one)
    trees = [read_file(tmp_path / name / "recording.nc") for name in ("whole", "parts")]
    assert trees[0].identical(trees[1])


def test_what_is_not_known_of_a_task_is_not_in_its_recording(tmp_path):
    run(experiment_in(tmp_path), tmp_path / "run")
    tree = gv.load(tmp_path / "run")
    assert not {"lag", "fixed_lag", "baseline", "baseline_meaning"} & set(tree.attrs)
    assert "the lag of the task, so that" in " ".join(str(gv.diagnose(tree)).split())


def test_an_exception_in_a_training_has_its_line(tmp_path):
    broken = FILES["mytasks.py"].replace(
        "        return inputs, ",
        "        if size == 3 and inputs[0, 0, 0] > 0.5:\n            inputs.gone\n        return inputs, ",
    )
    experiment = experiment_in(tmp_path, mytasks=broken)
    with pytest.raises(OwnCodeFailed, match=r"^mytasks.py, line 19, in batch: AttributeError: 'Tensor' o"):
        run(experiment, tmp_path / "run")


def test_two_files_of_one_name_do_not_collide(tmp_path):
    write_sources(tmp_path / "tasks")
    write_sources(tmp_path / "models", answers="def first(inputs):\n    return 1 / 0\n")
    (tmp_path / "tasks" / "größe 1.py").write_text(FILES["mytasks.py"].replace("def make", "def mäke"))
    (tmp_path / "models" / "größe 1.py").write_text(FILES["mymodel.py"])
    table = {
        "name": "two",
        "task": "tasks/größe 1.py:mäke",
        "model": "models/größe 1.py:make",
        "training": {"steps": 2},
    }
    experiment = resolve(table, folder=tmp_path)
    assert run(experiment, tmp_path / "run").steps == 2
    assert len(list((tmp_path / "run" / "sources").rglob("größe 1.py"))) == 2


def test_the_global_random_numbers_are_those_of_the_seed_alone(tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    experiment_in(tmp_path, mytasks=FILES["mytasks.py"] + "# not tried before\n")
    assert torch.equal(torch.get_rng_state(), before)


def test_a_claim_about_one_of_two_models(tmp_path):
    write_sources(tmp_path)
    (tmp_path / "other.py").write_text(FILES["mymodel.py"] + "# another\n")
    claim = {"metric": "loss", "above": 0, "where": {"model.make": "mymodel.py:make"}}
    counts = {}
    for name in ("mymodel.py:make", "other.py:make"):
        table = {**TABLE, "model": name, "expect": claim, "training": {"steps": 1}}
        one = resolve(table, folder=tmp_path)
        assert fingerprint(resolve(one.table())) == fingerprint(one)
        counts[name] = len(run(one, tmp_path / name.partition(".")[0]).verdicts)
    assert counts == {"mymodel.py:make": 1, "other.py:make": 0}
