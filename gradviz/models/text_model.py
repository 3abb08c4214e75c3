"""The model that the task ``text`` asks for."""

from __future__ import annotations

from gradviz.models.char import CharModel
from gradviz.models.language import LanguageModel
from gradviz.tasks.text import Text


def text_model(
    task: Text, *, cell: str = "lstm", hidden_size: int = 256, num_layers: int = 2, dropout: float = 0.0
) -> CharModel | LanguageModel:
    """A model of the task's characters, encoding and form.

    Parameters
    ----------
    task : Text
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    hidden_size, num_layers : int
    dropout : float
        Between the layers.

    Returns
    -------
    CharModel
        For windows; with the defaults and the task's, the course's model.
    LanguageModel
        For a stream.

    Raises
    ------
    UnknownName
        For another cell.
    """
    if task.carries_state:
        return LanguageModel(
            task.alphabet,
            cell=cell,
            hidden_size=hidden_size,
            num_layers=num_layers,
            encoding=task.encoding,
            dropout=dropout,
        )
    return CharModel(
        task.text,
        cell=cell,
        hidden_size=hidden_size,
        num_layers=num_layers,
        window=task.window,
        encoding=task.encoding,
        dropout=dropout,
    )
