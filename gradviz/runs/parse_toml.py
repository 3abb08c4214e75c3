"""Parse TOML with the standard library or, before Python 3.11, with tomli."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 11):
    from tomllib import TOMLDecodeError
    from tomllib import loads as parse
else:
    from tomli import TOMLDecodeError
    from tomli import loads as parse

__all__ = ["TOMLDecodeError", "parse"]
