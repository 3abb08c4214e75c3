"""Clipping at most training steps, on the thresholds."""

import numpy as np
import pytest
from diagnosis.recorded import tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.clipping import clipped


def training(cut, steps=20, norm=4.0, limit=1.0):
    """The first ``cut`` steps are clipped."""
    before = np.where(np.arange(steps) < cut, norm, limit / 2)
    return tree(metrics={"grad_norm": before, "grad_norm_clipped": before.clip(max=limit)})


@pytest.mark.parametrize(
    ("cut", "steps", "expected"),
    [
        (20, 20, ["trouble"]),
        (18, 20, ["trouble"]),
        (17, 20, ["warning"]),
        (10, 20, ["warning"]),
        (9, 20, []),
        (10, 10, ["trouble"]),
        (9, 9, []),  # too few steps to judge
    ],
)
def test_fraction_of_clipped_steps(cut, steps, expected):
    findings = list(clipped(training(cut, steps)))
    assert [finding.severity for finding in findings] == expected
    if findings:
        assert findings[0].kind == k.CLIPPING
        assert [amount.value for amount in findings[0].amounts] == pytest.approx([cut / steps, 0.25])


@pytest.mark.parametrize(
    ("norm", "limit"), [(4.0, "8"), (3.5, "7"), (0.012, "0.03"), (5.5, "20"), (123.0, "300"), (1.0, "2")]
)
def test_the_advised_limit_is_rounded_up(norm, limit):
    (finding,) = clipped(training(20, norm=norm, limit=norm / 8))
    assert finding.remedy.code == f"torch.nn.utils.clip_grad_norm_(model.parameters(), {limit})"


def test_norms_that_are_not_finite_do_not_count():
    before = np.array([4.0] * 12 + [np.inf] * 20 + [np.nan])
    (finding,) = clipped(tree(metrics={"grad_norm": before, "grad_norm_clipped": before.clip(max=1)}))
    assert finding.remedy.code.endswith("(model.parameters(), 8)")


@pytest.mark.parametrize(
    ("norm", "limit"), [(4e307, 8e307), (5.5e307, 1.7976931348623157e308), (1.7e308, 1.7976931348623157e308)]
)
def test_twice_a_norm_that_is_no_float_any_more(norm, limit):
    (finding,) = clipped(training(20, norm=norm))
    assert finding.remedy.code.endswith(f"(model.parameters(), {limit:g})")


def test_without_norms():
    assert list(clipped(tree())) == []
    assert list(clipped(tree(metrics={"grad_norm": [4.0] * 20}))) == []
