import pytest
from report.run.three_runs import three_runs, write


@pytest.fixture(scope="session")
def runs():
    return three_runs()


@pytest.fixture(scope="session")
def page(runs, tmp_path_factory):
    return write(tmp_path_factory.mktemp("run") / "page.html", runs)
