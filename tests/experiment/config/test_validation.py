"""Every mistake has its path, the value given, and what would work."""

import pytest
from pydantic import BaseModel, ValidationError, field_validator

from gradviz.errors import unknown_name
from gradviz.experiment.config.validation import (
    Mistake,
    bad_experiment,
    bad_value,
    dotted,
    mistakes_of,
    unknown_key,
)


def test_paths():
    assert dotted(["model", "cell"]) == "model.cell"
    assert dotted(["expect", 0, "metric"]) == "expect[0].metric"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(True, "true"), (-5, "-5"), ("ten", "'ten'"), (float("nan"), "nan"), ("x" * 99, "'" + "x" * 56 + "...")],
)
def test_values(value, shown):
    assert str(bad_value("a.b", value, "must be c")) == f"a.b = {shown}: must be c"


def test_unknown_keys():
    assert str(unknown_key("task.lenght", ["length", "seed"])) == (
        "task.lenght: unknown key; did you mean 'length'? (length, seed)"
    )
    assert str(unknown_key("task.x", [])) == "task.x: unknown key; (it takes none)"


class Named(BaseModel):
    """A table with its own checks of values."""

    cell: str = "gru"
    name: str = "a"

    @field_validator("cell")
    @classmethod
    def _known(cls, cell):
        raise unknown_name("cell", cell, ["gru"])

    @field_validator("name")
    @classmethod
    def _not_unknown(cls, name):
        raise ValueError("must not be unknown")


def test_only_an_unknown_name_is_shown_without_its_value():
    with pytest.raises(ValidationError) as found:
        Named(cell="gnu", name="unknown")
    assert list(map(str, mistakes_of(found.value))) == [
        "cell: unknown cell 'gnu'; did you mean 'gru'? (gru)",
        "name = 'unknown': must not be unknown",
    ]


def test_one_line_a_mistake_and_no_line_twice():
    found = [Mistake("a", ": b"), Mistake("c", " = 1: d"), Mistake("a", ": b")]
    assert str(bad_experiment(found, lambda path: f"{path}.toml")) == "a.toml: a: b\nc.toml: c = 1: d"
