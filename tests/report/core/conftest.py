"""The JavaScript core of the pages, loaded once for each file of tests."""

import pytest
from report.core.javascript import new_core


@pytest.fixture(scope="module")
def core():
    return new_core()
