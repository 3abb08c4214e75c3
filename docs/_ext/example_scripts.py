"""The scripts of ``examples/`` in full."""

from __future__ import annotations

import ast
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def scripts() -> str:
    """A section for each script, which opens at a click."""
    return "\n\n".join(_section(path) for path in sorted(EXAMPLES.glob("*.py")))


def _section(path: Path) -> str:
    about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = about.partition("\n\n")[0].replace("\n", " ").replace("``", "`")
    return (
        f"## `{path.name}`\n\n{first}\n\n::::{{dropdown}} The script\n"
        f":::{{literalinclude}} ../../examples/{path.name}\n:language: python\n:::\n::::"
    )
