"""The model for the task ``text``."""

from __future__ import annotations

from gradviz.models.char import CharModel
from gradviz.models.language import LanguageModel
from gradviz.tasks.text import Text


def text_model(
    task: Text,
    *,
    cell: str = "lstm",
    hidden_size: int = 256,
    num_layers: int = 2,
    dropout: float = 0.0,
    projection: int | None = None,
) -> CharModel | LanguageModel:
    """Model for the characters, the encoding and the form of the task.

    Parameters
    ----------
    task : Text
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers : int
    dropout : float
        Dropout between the layers.
    projection : int, optional
        As in `LanguageModel`; for a stream only.

    Returns
    -------
    CharModel
        If the task has windows; with all defaults it is the model of the course.
    LanguageModel
        If the task is a stream.

    Raises
    ------
    UnknownName
        If there is no such cell.
    ValueError
        If there is a projection, and the task has windows or the cell has none.
    """
    if task.carries_state:
        return LanguageModel(
            task.alphabet,
            cell=cell,
            hidden_size=hidden_size,
            num_layers=num_layers,
            encoding=task.encoding,
            dropout=dropout,
            projection=projection,
        )
    if projection is not None:
        raise ValueError(f"projection = {projection!r}: must be None for windows; a stream can have one")
    return CharModel(
        task.text,
        cell=cell,
        hidden_size=hidden_size,
        num_layers=num_layers,
        window=task.window,
        encoding=task.encoding,
        dropout=dropout,
    )
