"""Scripts of lessons, run by V8 in this process."""

import json
from pathlib import Path

from py_mini_racer import MiniRacer

REPORT = Path(__file__).parents[3] / "gradviz" / "report"


def new_engine(*scripts, replaced=()):
    """An engine with some files of the report; ``replaced`` plants faults: pairs of an old and a new text."""
    engine = MiniRacer()
    sources = [(REPORT / script).read_text(encoding="utf-8") for script in scripts]
    for old, new in replaced:
        assert sum(source.count(old) for source in sources) == 1, old
        sources = [source.replace(old, new) for source in sources]
    for source in sources:
        engine.eval(source)
    return engine


def call(engine, function, *arguments):
    """What a JavaScript function returns; numbers that are not finite as None."""
    given = ", ".join(json.dumps(argument) for argument in arguments)
    return json.loads(
        engine.eval(
            f"JSON.stringify(({function})({given}), (_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v)"
        )
    )
