"""Every kind of finding with its meaning, severity and remedy."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gradviz.diagnosis.kinds import KINDS, PIECE_BY_PIECE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WORDS = Path(__file__).with_name("finding_words.toml")


class Words(NamedTuple):
    """What the page says of a kind of finding."""

    means: str
    severity: str
    do: str


def words() -> dict[str, Words]:
    """By kind, in the order of the package's own table: causes before their effects."""
    told: Mapping[str, Mapping[str, str]] = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return {kind: Words(**told[kind]) for kind in KINDS if kind != PIECE_BY_PIECE}


def findings() -> str:
    """A section for each kind."""
    return "\n\n".join(_section(kind, said) for kind, said in words().items())


def _section(kind: str, said: Words) -> str:
    facts = f"- Kind: `{kind}`\n- Severity: {said.severity}\n- Do: {said.do}"
    return f"(finding-{kind})=\n\n## {KINDS[kind]}\n\n{said.means}\n\n{facts}"
