"""With what a table of results was made."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import date
from importlib.metadata import version
from pathlib import Path

from gradviz import __version__
from gradviz.recording.provenance import FORMAT_VERSION

_LIBRARIES = ("torch", "numpy", "xarray", "h5py", "matplotlib")


def machine() -> dict[str, str]:
    """Versions, commit, date, system and processor, as text.

    Returns
    -------
    dict of str to str
        The commit is that of gradviz's own checkout, and empty if it is installed without one.
    """
    return {
        "gradviz": __version__,
        "commit": _commit(),
        "format": str(FORMAT_VERSION),
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "date": date.today().isoformat(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
    }


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
