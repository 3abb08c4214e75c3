"""The hash that names a run, so that the same experiment is found again and another one is not."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.table import Table


def fingerprint(experiment: Experiment) -> str:
    """Hash of an experiment: eight hexadecimal digits that depend on every value in it.

    A key that came to the schema later (`Table.added`) counts only where it differs from its default, so
    that runs made before it was there keep their names.
    """
    text = json.dumps(_counted(experiment), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _counted(table: Table) -> dict[str, Any]:
    counted = table.model_dump(mode="json")
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if name in table.added and value == field.get_default(call_default_factory=True):
            del counted[name]
        elif isinstance(value, Table):
            counted[name] = _counted(value)
        elif isinstance(value, tuple):
            counted[name] = [
                _counted(one) if isinstance(one, Table) else one
                for one in value
                if not isinstance(one, Table) or one.is_of_the_run
            ]
    return counted
