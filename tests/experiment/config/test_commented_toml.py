"""The file of a new experiment: it runs as it is, holds every key, and every line behind a # is valid."""

import re
from collections import Counter
from typing import Annotated

import pytest
from mnist_files import write_mnist
from pydantic import Tag, ValidationError

from gradviz.errors import UnknownName
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.commented_toml import _keys, _tables, _tables_of, commented_toml
from gradviz.experiment.config.key_descriptions import DESCRIPTIONS, describe_key
from gradviz.experiment.config.options import defaults_of
from gradviz.experiment.config.resolve import examine, resolve
from gradviz.experiment.config.schema import Experiment, Table, TaskConfig
from gradviz.experiment.config.toml import parse
from gradviz.experiment.config.validation import mistakes_of
from gradviz.models.layers import LAYERS
from gradviz.tasks.task_table import TASKS

KEY = re.compile(r"#?([\w-]+) = (.*)")
HEADING = re.compile(r"(#?)(\[\[?[\w.]+]]?)")
TASK = "delayed_recall"  # of one fixed lag, so that stop_when may be used


def places(text):
    """Dotted key and line number of every key in the file, behind a # or not."""
    found, table = {}, ""
    for number, line in enumerate(text.splitlines()):
        if heading := HEADING.fullmatch(line):
            table = f"{heading[2].strip('[]')}."
        elif key := KEY.fullmatch(line):
            found[f"{table}{key[1]}"] = number
    return found


def schema_keys(table=Experiment, prefix=""):
    """Every dotted key of the schema that holds a value."""
    found = set()
    for name, field in table.model_fields.items():
        inner = _tables_of(field)
        found |= {f"{prefix}{name}"} if not inner else set()
        for one in inner:
            found |= schema_keys(one, f"{prefix}{name}.")
    return found


def with_key(text, path):
    """The file with one key that is not behind a # any more, and the heading of its table neither."""
    lines = text.splitlines()
    number = places(text)[path]
    lines[number] = lines[number].removeprefix("#")
    heading = max((n for n in range(number) if HEADING.fullmatch(lines[n])), default=None)
    if heading is not None:
        lines[heading] = lines[heading].removeprefix("#")
    return "\n".join(lines)


TEXT = commented_toml(TASK)
VALUES = sorted(key for key in places(TEXT) if not key.startswith(("expect.", "sweep.")))
IN_USE = [  # not in a table that is left out, and not code of one's own, which does not exist here
    path
    for path in VALUES
    if f"#[{path.rpartition('.')[0]}]" not in TEXT.splitlines()
    and ".py:" not in TEXT.splitlines()[places(TEXT)[path]]
    and path != "training.metric_goal"  # of a metric of one's own
]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_the_file_of_every_task_runs_as_it_is(name, tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    write_mnist(tmp_path / "mnist")
    monkeypatch.chdir(tmp_path)
    text = commented_toml(name, "gru")
    assert resolve(parse(text)) == resolve({"name": name, "task": {"name": name}, "model": {"cell": "gru"}})
    assert {f"task.{option}" for option in defaults_of(TASKS[name])} <= set(places(text))


@pytest.mark.parametrize("cell", LAYERS)
def test_the_cell_is_the_one_that_was_asked_for(cell):
    assert parse(commented_toml("adding", cell))["model"] == {"cell": cell}


def test_every_key_of_the_schema_is_in_it_once():
    assert schema_keys() <= set(places(TEXT))
    assert {"training.clip_norm", "expect.where", "model.projection", "seed"} <= schema_keys()
    table, counts = "", Counter()
    for line in TEXT.splitlines():
        if heading := HEADING.fullmatch(line):
            table = heading[2]
        elif key := KEY.fullmatch(line):
            counts[table, key[1]] += 1
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("path", VALUES)
def test_the_schema_takes_every_value_behind_a_hash(path):
    """What a value needs beside it, and a table that is left out, is not asked for here."""
    mistakes = []
    try:
        Experiment.model_validate(parse(with_key(TEXT, path)))
    except ValidationError as error:
        mistakes = mistakes_of(error)
    assert [mistake for mistake in mistakes if mistake.path == path] == []


@pytest.mark.parametrize("path", IN_USE)
def test_every_line_behind_a_hash_is_valid(path):
    """With an LSTM or with a plain network, since some keys are for one of them."""
    texts = (commented_toml(TASK, cell) for cell in ("lstm", "rnn"))
    found = [examine(parse(with_key(text, path))) for text in texts]
    assert any(isinstance(one, Experiment) for one in found), found


def comment_of(path):
    """The comment above a key, on one line."""
    lines, number = TEXT.splitlines(), places(TEXT)[path]
    first = next(n for n in range(number, 0, -1) if not lines[n - 1].startswith("# "))
    return " ".join(line.removeprefix("# ") for line in lines[first:number])


@pytest.mark.parametrize("path", IN_USE)
def test_a_default_behind_a_hash_changes_nothing(path):
    if comment_of(path).endswith("Left out by default."):
        assert path not in {"seed", "task.length", "training.steps", "model.init"}
        return
    assert examine(parse(with_key(TEXT, path))) == examine(parse(TEXT))


def test_a_claim_and_a_sweep_are_valid():
    lines = [line.removeprefix("#") if re.match(r"#[\[\w\"]", line) else line for line in TEXT.splitlines()]
    block = "\n".join(lines[lines.index("[[expect]]") :])
    table = parse(block)
    assert Expectation.model_validate(table["expect"][0]).near is not None
    assert table["sweep"]["model.cell"] == ["rnn", "lstm", "gru"]


def test_every_key_has_a_comment_that_is_not_wider_than_the_page():
    lines = TEXT.splitlines()
    assert max(map(len, lines)) <= 110
    assert [path for path, number in places(TEXT).items() if not lines[number - 1].startswith("# ")] == [
        "sweep.seed"
    ]


def test_what_else_a_key_can_be():
    text = " ".join(line.removeprefix("# ") for line in TEXT.splitlines())
    for said in (
        'Kind of the recurrent cell. One of "rnn", "rnn_relu", "lstm", "gru".',
        "Units of a layer. A whole number of at least 1.",
        "Largest norm of the gradient of all weights together. A number above 0. Left out by default.",
        'One of "chrono", "default", "forget_bias",',
    ):
        assert said in text


def test_descriptions_are_of_keys_that_exist():
    keys = schema_keys()
    tables = {key.rpartition(".")[0] for key in keys}
    assert set(DESCRIPTIONS) <= keys | tables
    assert {"task", "recording", "expect"} <= tables


def test_names_that_do_not_exist():
    with pytest.raises(UnknownName, match="unknown task 'ading'; did you mean 'adding'"):
        commented_toml("ading")
    with pytest.raises(UnknownName, match="unknown cell 'gur'; did you mean 'gru'"):
        commented_toml("adding", "gur")


class _Later(Table):
    """A table that came later; ``patience`` says how long to wait. Nothing else."""

    patience: int | None = None
    deep: TaskConfig | None = None


class _Own(Table):
    """A model of one's own."""

    make: str


class _WithLater(Experiment):
    later: _Later | None = None
    either: Annotated[_Later, Tag("built in")] | Annotated[_Own, Tag("own")] = _Later()


def test_a_table_that_comes_to_the_schema_is_in_it():
    lines = [*_keys(_WithLater, "", {}), *_tables(_WithLater, "", {"task": "adding"})]
    start = lines.index("#[later]")
    assert lines[start + 1 : start + 3] == [
        "# patience says how long to wait. A whole number. Left out by default.",
        "#patience = 1",
    ]
    assert describe_key(_Later, "later.deep") == ""
    start = lines.index("[either]")
    assert lines[start + 2 : start + 5] == [
        "#patience = 1",
        "# In place of the keys above: A model of one's own.",
        '#make = "..."',
    ]


def test_the_keys_of_tables_in_tables_are_found():
    assert {"later.patience", "later.deep.name", "either.make"} <= schema_keys(_WithLater)
    assert "later" not in schema_keys(_WithLater)
