"""What a result was made with."""

import torch

import gradviz
from gradviz.benchmark.machine import machine


def test_versions_are_those_that_run():
    found = machine()
    assert found["gradviz"] == gradviz.__version__
    assert found["torch"] == torch.__version__
    assert found["processor"].endswith("cores")
    assert all(isinstance(value, str) for value in found.values())
