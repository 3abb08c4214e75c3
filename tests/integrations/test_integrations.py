"""What the package of integrations offers, without importing any library before it is used."""

import subprocess
import sys

import pytest

import gradviz as gv


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import gradviz.integrations, gradviz as gv, sys; gv.to_tensorboard; gv.tensorboard_log\n"
        "print([name for name in ('lightning', 'pytorch_lightning', 'tensorboard') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_its_names():
    assert dir(gv.integrations) == ["GradientFlow", "tensorboard_log", "to_tensorboard"]
    assert gv.integrations.to_tensorboard is gv.to_tensorboard
    with pytest.raises(AttributeError, match="no attribute 'GradientFlows'"):
        gv.integrations.GradientFlows  # noqa: B018
