"""Fails if constraints.txt leaves a package of this environment open, or if scipy has come.

seaborn imports scipy wherever it is installed, in every process of the tests, for nothing that gradviz draws.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
OF_THE_ENVIRONMENT = {"gradviz", "pip", "setuptools", "wheel"}


def normal(name: str) -> str:
    """A package's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
pinned = {normal(line.partition("==")[0]) for line in lines if "==" in line}
installed = {normal(one.metadata["Name"]) for one in distributions()}
faults = [f"{name} is not in constraints.txt" for name in sorted(installed - pinned - OF_THE_ENVIRONMENT)]
faults += ["scipy is installed"] if "scipy" in installed else []
print("\n".join(faults) or f"all {len(installed)} packages of this environment are pinned")
sys.exit(1 if faults else 0)
