"""The wheel and the sdist hold what they should, and nothing else."""

import pytest
from installed.built import ROOT, build, content, sources

pytest.importorskip("build")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    wheel, sdist = sorted(build(tmp_path_factory.mktemp("built")), key=lambda path: path.suffix, reverse=True)
    assert (wheel.suffix, sdist.suffix) == (".whl", ".gz")
    return {"wheel": content(wheel), "sdist": content(sdist)}


def of_the_sources(found):
    ours = sources()
    return {path: data for path, data in found.items() if path in ours}


def is_shipped(path):
    """An experiment, a paper's claim with the code beside it, or a result."""
    folder, _, name = path.rpartition("/")
    endings = {"experiments": ".toml", "experiments/papers": (".toml", ".py"), "experiments/results": ".json"}
    return folder in endings and name.endswith(endings[folder])


def test_the_sdist_is_the_project(made):
    own = of_the_sources(made["sdist"])
    assert set(own) == sources()
    assert all(data == (ROOT / path).read_bytes() for path, data in own.items() if path != "setup.cfg")
    more = set(made["sdist"]) - set(own)
    assert {path for path in more if not path.startswith("gradviz.egg-info/")} == {"PKG-INFO"}


def test_the_wheel_is_the_package_with_the_experiments(made):
    package = {path for path in sources() if path.startswith("gradviz/")}
    experiments = {path for path in sources() if is_shipped(path)}
    found = {path: data for path, data in made["wheel"].items() if ".dist-info/" not in path}
    assert set(found) == package | {f"gradviz/{path}" for path in experiments}
    assert len(experiments) >= 5
    assert any(path.startswith("experiments/papers/") for path in experiments)
    for path in package:
        assert found[path] == (ROOT / path).read_bytes()
    for path in experiments:
        assert found[f"gradviz/{path}"] == (ROOT / path).read_bytes()


def test_the_license_is_in_both(made):
    license_text = (ROOT / "LICENSE").read_bytes()
    assert made["sdist"]["LICENSE"] == license_text
    assert license_text in [data for path, data in made["wheel"].items() if path.endswith("LICENSE")]
