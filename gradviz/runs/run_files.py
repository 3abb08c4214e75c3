"""Names of the files of a run and of a sweep, and of how a run ends."""

from __future__ import annotations

CONFIG = "config.toml"
RESULT = "result.json"
TABLE = "sweep.csv"
FIGURES = "figures"  # a folder

FOLDER_COLUMN = "folder"  # of the table
OUTCOME = "outcome"
DONE, DIVERGED, STOPPED = "done", "diverged", "stopped"  # as a result says
STOP_WHEN, PATIENCE = "stop_when", "patience"  # the settings that stop a run
FAILED = "failed"  # in the table: a point without a result
# Of a run without a readable result:
UNFINISHED, RECORDED, DAMAGED, EMPTY = "unfinished", "recorded", "damaged", "empty"
