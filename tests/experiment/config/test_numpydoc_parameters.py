"""The parameters of a docstring."""

import pytest

from gradviz.experiment.config.numpydoc_parameters import parameters_of
from gradviz.experiment.config.options import defaults_of, initialisation_options
from gradviz.models.initialise import INITIALISATIONS
from gradviz.tasks.task_table import TASKS

DOCSTRING = """First line.

    Parameters
    ----------
    size : int
        Number of ``things``,
        at least 1.
    low, high : float, optional
        Limits.

    Raises
    ------
    ValueError
        Never : really.
    """


def test_types_and_descriptions():
    assert parameters_of(DOCSTRING) == {
        "size": ("int", "Number of things, at least 1."),
        "low": ("float, optional", "Limits."),
        "high": ("float, optional", "Limits."),
    }
    assert parameters_of("Nothing.") == parameters_of("") == {}
    assert parameters_of("One.\n\nParameters\n----------\nx : int\n    Last.") == {"x": ("int", "Last.")}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_option_of_a_task_is_described(name):
    found = parameters_of(TASKS[name].__doc__)
    assert set(found) == set(defaults_of(TASKS[name]))
    assert all(kind and about for kind, about in found.values())


@pytest.mark.parametrize("name", sorted(INITIALISATIONS))
def test_every_option_of_an_initialisation_is_described(name):
    assert set(initialisation_options(name)) <= set(parameters_of(INITIALISATIONS[name].__doc__))
