"""The JavaScript core, run by V8 in this process."""

import json
from pathlib import Path

import numpy as np
from py_mini_racer import MiniRacer

HERE = Path(__file__).parent
CORE = HERE.parents[2] / "gradviz" / "report" / "core"
FILES = sorted(CORE.glob("*.js"))
NOT_FINITE = {"Infinity": np.inf, "-Infinity": -np.inf, "NaN": np.nan}


class Core:
    """The core's files and ``bridge.js``; ``replaced`` plants faults: pairs of texts, the old and the new."""

    def __init__(self, engine, replaced=()):
        self._engine = engine
        sources = [path.read_text(encoding="utf-8") for path in FILES]
        for old, new in replaced:
            assert sum(source.count(old) for source in sources) == 1, old
            sources = [source.replace(old, new) for source in sources]
        for source in (*sources, (HERE / "bridge.js").read_text(encoding="utf-8")):
            engine.eval(source)

    def call(self, name, /, **given):
        """What a function of ``bridge.js`` returns; lists of numbers as arrays."""
        answer = self._engine.eval(f"called({json.dumps(name)}, {_literal(given)})")
        return _decoded(json.loads(answer))


def _literal(value):
    return json.dumps(value, default=_flat)


def _flat(array):
    return np.asarray(array.detach() if hasattr(array, "detach") else array).ravel().tolist()


def _decoded(value):
    if isinstance(value, dict):
        return {key: _decoded(part) for key, part in value.items()}
    if isinstance(value, list):
        parts = [_decoded(part) for part in value]
        numbers = parts and all(isinstance(part, int | float) for part in parts)
        return np.array(parts, dtype=float) if numbers else parts
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value


def new_core(replaced=()):
    """A core in an engine of its own; the engine ends with it."""
    return Core(MiniRacer(), replaced)
