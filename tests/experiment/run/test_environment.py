"""The environment of a run."""

import platform

import torch

from gradviz.experiment.run.environment import environment
from gradviz.recording.provenance import provenance


def test_versions_machine_and_threads():
    known = environment(provenance())
    assert known["torch"] == torch.__version__
    assert known["python"] == platform.python_version()
    assert known["processor"] == platform.machine()
    assert known["threads"] == 1
