"""A configuration from Python: what may stand in it, and what is refused."""

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from own_sources import TABLE, write_sources

import gradviz as gv
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.python_config import python_file


@dataclasses.dataclass(frozen=True)
class Mine:
    """A task of a module, not of gradviz."""

    length: int = 5
    lengths: tuple = (1, 2)

    def batch(self, size, generator):
        return torch.rand(size, self.length, 2, generator=generator), torch.zeros(size, 1)

    def loss(self, outputs, targets):
        return (outputs - targets).pow(2).mean()


class Batches:
    batch = Mine.batch


class Plain(Batches):
    def __init__(self, length, scale=1.0):
        self.length, self.scale, self.weights = length, scale, torch.ones(length)


class Forgetful(Batches):
    def __init__(self, length):
        self.size = length


class Changed(Plain):
    def __init__(self, length):
        super().__init__(length)
        self.length = length + 1


def table_of(config, settings=None):
    return python_file(config, settings).table


def test_a_task_of_gradviz_is_the_run_of_its_file(small):
    given = {**small(), "task": gv.tasks.adding(length=8)}
    assert table_of(given)["task"] == {"name": "adding", "length": 8}
    assert fingerprint(resolve(table_of(given))) == fingerprint(resolve(small()))
    assert table_of({"task": gv.tasks.adding((3, 4))})["task"] == {"name": "adding", "length": [3, 4]}


def test_objects_are_references_to_their_source_and_options():
    given = {
        "task": Mine(9),
        "model": {"make": gv.SequenceModel, "hidden_size": 4},
        "training": {"optimizer": torch.optim.Adam, "metric": torch.nn.functional.l1_loss, "steps": 3},
    }
    table = table_of(given)
    assert table["task"]["name"].endswith("/test_python_config.py:Mine")
    assert table["task"] == {"name": table["task"]["name"], "length": 9, "lengths": [1, 2]}
    assert table["model"]["make"].startswith("sources/")
    assert table["model"]["hidden_size"] == 4
    assert table["training"]["optimizer"].endswith("/Adam.py:Adam")
    assert table["training"]["metric"].endswith("/l1_loss.py:l1_loss")
    assert table_of({"task": Plain(3, 2.0)})["task"] == {
        "name": table["task"]["name"].replace("Mine", "Plain"),
        "length": 3,
        "scale": 2.0,
    }
    assert table_of({"task": Mine})["task"] == {"name": table["task"]["name"]}
    assert table_of({"task": {"name": Mine, "length": 3}})["task"] == {
        "name": table["task"]["name"],
        "length": 3,
    }


def test_values_of_python_and_numpy_are_those_of_toml():
    given = {
        "task": "adding",
        "recording": {"every": np.int64(3)},
        "path": Path("a") / "b",
        "sweep": {
            "seed": range(3),
            "training.learning_rate": np.array([0.5, 0.25]),
            "model": {"cell": ("gru",)},
        },
    }
    file = python_file(given, None)
    assert file.table == {"task": "adding", "recording": {"every": 3}, "path": "a/b"}
    assert file.sweep == {
        "seed": [0, 1, 2],
        "training.learning_rate": [0.5, 0.25],
        "model": {"cell": ["gru"]},
    }
    assert type(file.table["recording"]["every"]) is int


def test_objects_in_a_sweep():
    given = {
        "sweep": {
            "task": [gv.tasks.adding(8), gv.tasks.parity(5), Mine],
            "model.make": [gv.SequenceModel],
            "training": {"optimizer": ["adam", torch.optim.Adam]},
        }
    }
    sweep = python_file(given, None).sweep
    assert [one["name"] for one in sweep["task"][:2]] == ["adding", "parity"]
    assert sweep["task"][2].endswith(".py:Mine")
    assert sweep["model.make"][0].endswith("/SequenceModel.py:SequenceModel")
    assert sweep["training"]["optimizer"][0] == "adam"
    assert sweep["training"]["optimizer"][1].endswith("/Adam.py:Adam")


def test_settings_replace_values_and_the_given_dict_stays(small):
    given = small()
    table = table_of(
        given, {"task.length": 5, "model.cell": "lstm", "training.metric": torch.nn.functional.l1_loss}
    )
    assert (table["task"]["length"], table["model"]["cell"]) == (5, "lstm")
    assert table["training"]["metric"].endswith(":l1_loss")
    assert given == small()
    with pytest.raises(BadExperiment, match=r"settings: name.x: name is not a table"):
        table_of(given, {"name.x": 3})


def test_a_file_and_its_folder(tmp_path):
    import tomli_w

    write_sources(tmp_path)
    (tmp_path / "own.toml").write_text(tomli_w.dumps(TABLE))
    file = python_file(tmp_path / "own.toml", {"task.length": 4})
    assert (file.folder, file.table["task"]) == (tmp_path, {"name": "mytasks.py:make", "length": 4})
    assert python_file(str(tmp_path / "own.toml"), None).table == TABLE
    with pytest.raises(FileNotFoundError):
        python_file(tmp_path / "absent.toml", None)
    with pytest.raises(TypeError, match="config is a int; it must be the path of a TOML file, or a dict"):
        python_file(3, None)


def test_what_no_file_can_hold_is_refused_all_at_once():
    given = {
        "task": Forgetful(3),
        "model": torch.nn.GRU(2, 3),
        "training": {"optimizer": torch.optim.Optimizer.__new__(torch.optim.Adam), "metric": 3.5},
        "sweep": {"task": [Changed(3)]},
    }
    with pytest.raises(BadExperiment) as raised:
        python_file(given, None)
    lines = str(raised.value).splitlines()
    assert [line[:40] for line in lines] == [
        "config: task: this Forgetful cannot be w",
        "config: model: this GRU is an object; gi",
        "config: training: this Adam has paramete",
        "config: sweep.task: this Changed cannot ",
    ]


def test_a_function_with_options_by_partial():
    model = functools.partial(gv.SequenceModel, cell="gru", hidden_size=3)
    assert set(table_of({"model": model})["model"]) == {"make", "cell", "hidden_size"}
    task = table_of({"task": functools.partial(Mine, length=4)})["task"]
    assert (task["name"].rpartition(":")[2], task["length"]) == ("Mine", 4)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (3, "an object of type int is not a task: it has no batch"),
        (np, "an object of type module is not a task"),
        (functools.partial(Mine, 3), "give the arguments of this functools.partial by name"),
        (eval("lambda: 3"), "the source of <lambda> cannot be found"),
    ],
)
def test_what_is_not_a_task(task, message):
    with pytest.raises(BadExperiment, match=f"^config: task: {message}"):
        table_of({"task": task})
