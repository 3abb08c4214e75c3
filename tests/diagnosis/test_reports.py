"""Public reports of networks that do not learn, rebuilt: the true cause is found, the mended one is healthy.

What the diagnosis says of each is printed by ``PYTHONPATH=tests python -m diagnosis.reports``.
"""

import math

import pytest
from diagnosis.reports.judge import HEALTHY, REPORTS, load, outcome, verdict

from gradviz.diagnosis.kinds import KINDS

FAST = ("r09_state_data_each_step",)
NAMED = ("rank 1", "error tells")

pytestmark = pytest.mark.filterwarnings("ignore")  # people see PyTorch's and gradviz's warnings and go on


def slow_but_for(names, fast=()):
    return [pytest.param(name, marks=() if name in fast else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", slow_but_for(REPORTS, FAST))
def test_a_report_fails_as_it_says_and_learns_once_mended(name):
    broken, mended = outcome(name), outcome(name, "mended")
    assert mended.learned
    assert math.isnan(broken.error) or broken.error > 2 * mended.error


@pytest.mark.parametrize("name", slow_but_for(REPORTS, FAST))
def test_the_cause_comes_first(name):
    assert verdict(name) in NAMED, outcome(name).kinds or outcome(name).refused


@pytest.mark.parametrize("name", slow_but_for(REPORTS, FAST))
def test_a_mended_report_has_no_trouble(name):
    mended = outcome(name, "mended")
    assert mended.refused is None
    if mended.trouble:
        pytest.xfail(f"{mended.as_text}")


@pytest.mark.parametrize("name", slow_but_for(HEALTHY))
def test_healthy_public_code_has_no_trouble(name):
    result = outcome(name)
    assert result.learned
    assert result.refused is None
    if result.trouble:
        pytest.xfail(f"{result.as_text}")


def test_reports_name_their_source():
    for name in [*REPORTS, *HEALTHY]:
        assert "https://" in load(name).__doc__


def test_kinds_that_exist_are_spelled_as_the_diagnosis_spells_them():
    to_come = {
        "gradients_accumulate", "softmax_twice", "target_broadcast", "scrambled_view", "state_not_detached",
        "learning_rate_too_high", "predicts_the_mean", "labels_constant", "input_not_normalised",
        "layer_unreached", "direction_unreached",
    }  # fmt: skip
    for name in REPORTS:
        assert set(KINDS) | to_come >= load(name).KINDS
