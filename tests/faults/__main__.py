"""Lets ``python tests/faults`` and ``python -m faults`` try gradviz of this checkout."""

import sys
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(_TESTS.parent), str(_TESTS)]

from faults.command import command  # noqa: E402

if __name__ == "__main__":
    command()
