"""`gradviz.storage`: where a recording is written, and how."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradviz.arguments import check_bool, check_one_of, check_whole_number
from gradviz.recording.provenance import check_metadata
from gradviz.short_view import ShortView, short_name

WARN, RAISE = "warn", "raise"


@dataclass(frozen=True)
class Storage:
    """A folder for a recording; `storage` makes it, with its options checked.

    Attributes
    ----------
    path : Path
    append : bool
    on_error : {"warn", "raise"}
    metadata : mapping or None
    first_step : int or None
    ranks : frozenset of int or None
    """

    path: Path
    append: bool = False
    on_error: str = WARN
    metadata: Mapping[str, object] | None = None
    first_step: int | None = None
    ranks: frozenset[int] | None = None

    def __repr__(self) -> str:
        append = ", append=True" if self.append else ""
        on_error = "" if self.on_error == WARN else f", on_error={self.on_error!r}"
        first = "" if self.first_step is None else f", first_step={self.first_step}"
        names = f", metadata of {', '.join(map(short_name, self.metadata))}" if self.metadata else ""
        ranks = "" if self.ranks is None else f", ranks={sorted(self.ranks)}"
        return ShortView(f"gv.storage({str(self.path)!r}{append}{on_error}{first}{names}{ranks})").text()


def storage(
    path: str | os.PathLike[str],
    *,
    append: bool = False,
    on_error: str = WARN,
    metadata: Mapping[str, object] | None = None,
    first_step: int | None = None,
    ranks: int | Sequence[int] | None = None,
) -> Storage:
    """Where `gradviz.record` writes a recording, and how: ``record(model, path=gv.storage(...))``.

    Parameters
    ----------
    path : path-like
        A folder, created if missing.
    append : bool
        Go on with the recording in that folder, if it holds one, from the training step after its last one.
        Without it such a folder is an error.  The processes of a distributed training go on with one number,
        after the last step of any of them, if each opens its tape before the first training step.
    on_error : {"warn", "raise"}
        What happens if the recording cannot be written during the training, because the disk is full or the
        folder has gone.  ``"warn"``: one `NotWrittenWarning`, and the training goes on; what is on disk
        stays there, and what is not is kept in memory, up to 512 MiB, and tried again.  Another warning at
        the end says what has not been written.  ``"raise"``: the `OSError` comes out of ``tape.step``.
    metadata : mapping, optional
        Stored in the recording's attributes.
    first_step : int, optional
        With ``append``: the number of the training step that comes next, as after a training went on from a
        checkpoint. Steps that were recorded from there on are removed when the recording goes on, since they
        are made again.
    ranks : int or sequence of int, optional
        Which processes of a distributed training record, by their rank, such as 0; all by default.  On the
        others the tape does nothing, so that the training loop is the same on all of them.

    Returns
    -------
    Storage
        To be given to `gradviz.record` as ``path``; nothing is written yet.

    Raises
    ------
    TypeError
        If the path is not one, or the metadata are not a mapping.
    UnknownName
        If there is no such ``on_error``.
    ValueError
        If ``append`` is not a bool, the metadata use a name that the recording sets itself, ``first_step``
        is negative or given without ``append``, or ``ranks`` are not whole numbers from 0.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> rnn = torch.nn.RNN(2, 4)
    >>> for session in range(2):
    ...     with gv.record(rnn, path=gv.storage("runs/long", append=True)) as tape:
    ...         for _ in range(3):
    ...             rnn(torch.randn(5, 2, 2))[0].sum().backward()
    ...             tape.step()
    >>> gv.load("runs/long")["rnn"]["step"].values.tolist()
    [0, 1, 2, 3, 4, 5]
    """
    if not isinstance(path, str | os.PathLike) or isinstance(path, bytes):
        raise TypeError(f"storage takes the path of a folder, not {type(path).__name__}")
    check_metadata(metadata)
    return Storage(
        Path(path),
        check_bool("append", append),
        check_one_of("on_error", on_error, (WARN, RAISE)),
        metadata,
        _checked(first_step, append),
        None if ranks is None else _checked_ranks(ranks),
    )


def _checked_ranks(ranks: object) -> frozenset[int]:
    if isinstance(ranks, str) or not isinstance(ranks, Sequence):
        ranks = [ranks]
    if not ranks:
        raise ValueError("ranks = []: must hold at least one rank; to record nothing, leave out gv.record")
    return frozenset(
        check_whole_number("ranks", rank, at_least=0, hint=", or None for all") for rank in ranks
    )


def _checked(first_step: int | None, append: bool) -> int | None:
    if first_step is None:
        return None
    if not append:
        raise ValueError("first_step is for going on with a recording: give append=True too, or leave it out")
    return check_whole_number("first_step", first_step, at_least=0)
