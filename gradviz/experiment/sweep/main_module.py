"""Workers that do not run the script that started them once more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TELLS_WHERE = ("__file__", "__spec__")


@contextmanager
def main_not_imported() -> Iterator[None]:
    """Within the block, processes that start do not import the script of this one.

    They do so for functions that a script sends them, which a sweep does not; a script without
    ``if __name__ == "__main__":`` would start workers of its own.
    """
    main = sys.modules["__main__"]
    before = {name: getattr(main, name) for name in _TELLS_WHERE if hasattr(main, name)}
    for name in before:
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(main, name, value)
