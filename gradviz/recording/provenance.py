"""Where a recording comes from: versions, git commit and the user's metadata."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from gradviz.errors import BadRecording
from gradviz.recording.attributes import Scalar, as_attribute, can_be_stored
from gradviz.recording.check_attributes import check_attributes_of_run

FORMAT_VERSION = 2
FORMAT_ATTRIBUTE = "gradviz_format"
_RESERVED = (FORMAT_ATTRIBUTE, "gradviz", "torch", "python", "git_commit", "coordinates")


def provenance(
    metadata: Mapping[str, object] | None = None,
    *,
    torch_version: str | None = None,
    origin: Mapping[str, Scalar] | None = None,
) -> dict[str, Scalar]:
    """Attributes of the root of a recording.

    Parameters
    ----------
    metadata : mapping, optional
        Attributes that the user adds, for example the seed and the config. Values other than text and
        numbers are stored as JSON.
    torch_version : str, optional
        By default the version of the installed package, found without importing it.
    origin : mapping, optional
        Result of an earlier call without metadata; the versions of the packages and the commit are taken
        from it, but never the format version.

    Returns
    -------
    dict of str to str, int or float
        Format version, versions of gradviz, torch and Python, and the git commit of the working directory.
        Unknown values are left out.

    Raises
    ------
    ValueError
        If the metadata use a reserved name.
    TypeError
        If the metadata are not a mapping.
    """
    check_metadata(metadata)
    given = {str(name): as_attribute(value) for name, value in (metadata or {}).items()}
    made = _origin(torch_version) if origin is None else origin
    return {**made, FORMAT_ATTRIBUTE: FORMAT_VERSION, **given}


def check_metadata(metadata: object) -> None:
    """Raise if the user's metadata cannot be stored, or would not be what their readers expect.

    Raises
    ------
    TypeError
        If they are not a mapping.
    ValueError
        If a name is one that the recording sets itself, a file cannot hold a name or a text, or the value
        of a name that gradviz reads, such as ``lag``, is not of its kind.
    """
    if metadata is None:
        return
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is a mapping of names to values, not {type(metadata).__name__}")
    taken = sorted(set(metadata).intersection(_RESERVED))
    for name, value in metadata.items():
        stored = as_attribute(value)
        if not can_be_stored(str(name)) or (isinstance(stored, str) and not _is_text(stored)):
            raise ValueError(f"metadata {name!r}: its name or its text has characters that no file can hold")
    try:
        check_attributes_of_run({name: as_attribute(value) for name, value in metadata.items()})
    except BadRecording as error:
        raise ValueError(f"metadata: {error}, since gradviz reads it") from None
    if taken:
        raise ValueError(
            f"metadata cannot have the names {', '.join(map(repr, taken))}: the recording sets them itself"
        )


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _origin(torch_version: str | None) -> dict[str, Scalar]:
    found = {
        "gradviz": _installed("gradviz"),
        "torch": torch_version or _installed("torch"),
        "python": platform.python_version(),
        "git_commit": _git_commit(),
    }
    return {name: value for name, value in found.items() if value}


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    try:
        revision = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return revision.stdout.strip() or None
