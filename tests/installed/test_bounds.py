"""The lower bounds of setup.cfg are the versions that are tried, and the pins of constraints.txt fit them."""

import configparser

import pytest
from installed.built import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NOT_TRIED_OLD = {
    "benchmark",
    "browser",
    "dev",
    "digits",
    "docs",
    "test",
}  # what tests and pages are made with


def requirements(extras):
    """The requirements of gradviz and of some of its extras on Python 3.11, by name."""
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = read["options"]["install_requires"].splitlines()
    for extra, text in read["options.extras_require"].items():
        lines += text.splitlines() if extra in extras else []
    found = [Requirement(line) for line in lines if line.strip()]
    return {
        canonicalize_name(one.name): one
        for one in found
        if one.marker is None or one.marker.evaluate({"python_version": "3.11"})
    }


def extras():
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg", encoding="utf-8")
    return set(read["options.extras_require"])


def pinned(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line.partition("#")[0].strip().split("==") for line in lines]
    return {canonicalize_name(pin[0]): pin[1] for pin in pins if pin != [""]}


def test_what_is_needed_at_run_time_is_tried_at_its_lower_bound():
    pins = pinned("constraints-minimum.txt")
    bounds = requirements(extras() - NOT_TRIED_OLD)
    assert len(bounds) > 15
    for name, requirement in bounds.items():
        lowest = [one.version for one in requirement.specifier if one.operator == ">="]
        assert len(lowest) == 1, f"{name} has no lower bound"
        if name != "torch":  # there is no build of its minimum without CUDA, see constraints-minimum.txt
            assert pins[name].startswith(lowest[0]), name


@pytest.mark.parametrize("file", ["constraints.txt", "constraints-minimum.txt"])
def test_pins_are_within_the_bounds(file):
    pins = pinned(file)
    tried = extras() if file == "constraints.txt" else extras() - NOT_TRIED_OLD
    for name, requirement in requirements(tried).items():
        assert pins[name] in requirement.specifier, name
