"""A task and a model given as text."""

import pytest

from gradviz.experiment.config.overrides import override
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.shorthand import expanded


def test_text_stands_for_a_table():
    given = {"name": "x", "task": "mytasks.py:make", "model": "mymodel.py:make", "seed": 3}
    assert expanded(given) == {
        "name": "x",
        "task": {"name": "mytasks.py:make"},
        "model": {"make": "mymodel.py:make"},
        "seed": 3,
    }
    assert expanded({"task": "adding", "model": "lstm"}) == {
        "task": {"name": "adding"},
        "model": {"cell": "lstm"},
    }
    assert expanded({"task": 3, "model": {"cell": "gru"}}) == {"task": 3, "model": {"cell": "gru"}}


def test_an_override_goes_into_the_table_that_it_stands_for():
    changed = override({"task": "adding", "model": "lstm"}, ["task.length=9", "model.hidden_size=3"])
    assert changed == {
        "task": {"name": "adding", "length": 9},
        "model": {"cell": "lstm", "hidden_size": 3},
    }
    with pytest.raises(ValueError, match="name is not a table"):
        override({"name": "x"}, ["name.length=9"])


def test_an_experiment_in_two_words(small):
    short = resolve({**small(), "task": "adding", "model": "gru"})
    assert short == resolve({**small(), "task": {"name": "adding"}, "model": {"cell": "gru"}})


def test_an_override_needs_no_quotes_around_a_reference():
    changed = override({"task": "adding"}, ["task=../code/mytasks.py:make", "model.make=package.module:make"])
    assert changed == {"task": "../code/mytasks.py:make", "model": {"make": "package.module:make"}}
