"""One thread, one seed, no screen: what every test starts from."""

import importlib.util
import os
import sys

os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
import torch


@pytest.fixture(autouse=True)
def _deterministic():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    if "matplotlib.pyplot" in sys.modules:  # it warns of more than 20 open figures
        sys.modules["matplotlib.pyplot"].close("all")


def pytest_terminal_summary(terminalreporter):
    """Print the tables that tests have made, whichever process they ran in."""
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == "table":
                terminalreporter.write_line(value)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call():
    """Skip a test that asks for scikit-learn's digits where it is not installed."""
    try:
        return (yield)
    except BaseException as error:
        if "gradviz[digits]" in str(error) and importlib.util.find_spec("sklearn") is None:
            pytest.skip("scikit-learn is not installed")
        raise
