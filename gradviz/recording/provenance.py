"""Where a recording comes from: versions, git commit, and what the user says of it."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from gradviz.recording.attributes import Scalar, as_attribute

FORMAT_VERSION = 1
FORMAT_ATTRIBUTE = "gradviz_format"
_RESERVED = (FORMAT_ATTRIBUTE, "gradviz", "torch", "python", "git_commit", "coordinates")


def provenance(
    metadata: Mapping[str, object] | None = None,
    *,
    torch_version: str | None = None,
    origin: Mapping[str, Scalar] | None = None,
) -> dict[str, Scalar]:
    """Attributes of a recording's root.

    Parameters
    ----------
    metadata : mapping, optional
        The user's own, for example the seed and the config; what is no text or number is kept as JSON.
    torch_version : str, optional
        By default that of the installed package, which is looked up without importing it.
    origin : mapping, optional
        What this function returned without metadata; versions and commit are then not determined again.

    Returns
    -------
    dict of str to str, int or float
        Format version, versions of gradviz, torch and Python, and the commit of the working directory;
        what cannot be found out is left out.

    Raises
    ------
    ValueError
        If metadata has a name that is taken.
    """
    taken = sorted(set(metadata or {}).intersection(_RESERVED))
    if taken:
        raise ValueError(
            f"metadata cannot hold {', '.join(map(repr, taken))}: the recording fills that in itself"
        )
    given = {str(name): as_attribute(value) for name, value in (metadata or {}).items()}
    return {**(_origin(torch_version) if origin is None else origin), **given}


def _origin(torch_version: str | None) -> dict[str, Scalar]:
    found = {
        "gradviz": _installed("gradviz"),
        "torch": torch_version or _installed("torch"),
        "python": platform.python_version(),
        "git_commit": _git_commit(),
    }
    return {FORMAT_ATTRIBUTE: FORMAT_VERSION, **{name: value for name, value in found.items() if value}}


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return asked.stdout.strip() or None
