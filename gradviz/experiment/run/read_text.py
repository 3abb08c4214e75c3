"""A text read by the trained character model of a run, recorded with every gate."""

from __future__ import annotations

from pathlib import Path

import xarray as xr
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.errors import UnknownName
from gradviz.experiment.config.own.own_parts import parts_that_name_code
from gradviz.experiment.config.shorthand import expanded
from gradviz.experiment.config.toml import read_toml
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.trained import load_trained
from gradviz.models.char import CharModel
from gradviz.models.evaluation_mode import evaluation_mode
from gradviz.models.language import LanguageModel
from gradviz.runs.run_files import CONFIG
from gradviz.tasks.text import Text
from gradviz.vocabulary import SAMPLE, STEP, TEXT

MOST = 200
"""So many characters of the text that a model was trained on are read by default."""


def read_text(folder: Path, text: str | None = None) -> xr.DataTree:
    """Recording of one pass of a run's character model over a text, with all gates.

    Parameters
    ----------
    folder : Path
        A run of the task ``text``.
    text : str, optional
        By default the beginning of the text that the model was trained on.

    Returns
    -------
    DataTree
        One time step for each character, without training step and sequence. The gradient is that of the
        loss of the character that the model finds most probable after the text. The root's attribute ``text``
        holds the characters.

    Raises
    ------
    UnknownName
        If the run is of another task, or a character is not in the alphabet of the model.
    ValueError
        If the text is empty.
    FileNotFoundError, BadExperiment, CannotResume, NotAFile
        As `load_trained`, and if the run is of code of the user's own: whoever looks at a run does not expect
        it to run code that lies in its folder.
    """
    _check_runs_no_code(folder)
    model, task = load_trained(folder)
    if not isinstance(task, Text) or not isinstance(model, CharModel | LanguageModel):
        raise UnknownName(f"{folder} is a run of the task {task.name!r}; text is read by runs of 'text'")
    chosen = task.text[:MOST] if text is None else text
    if not chosen:
        raise ValueError("the text is empty; give at least one character")
    numbers = task.alphabet.numbers(chosen)
    inputs = model.input.encode(numbers.tolist(), model.head.weight.device)
    with evaluation_mode(model), record(model, detail="full", metadata={TEXT: chosen}) as tape:
        scores = model(inputs) if isinstance(model, CharModel) else model(inputs)[0][:, -1]
        cross_entropy(scores, scores.detach().argmax(-1)).backward()
    return tape.tree.isel({STEP: 0, SAMPLE: 0}, drop=True)


def _check_runs_no_code(folder: Path) -> None:
    config = folder / CONFIG
    named = parts_that_name_code(expanded(read_toml(config))) if config.is_file() else []
    if named:
        raise BadExperiment(
            f"{config}: {', '.join(named)} names code, which is not run to read a text; "
            "gv.load_trained runs it and gives the model"
        )
