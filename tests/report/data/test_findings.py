"""Findings of a page: worst first, each with the panel that shows it."""

import json
import re
from pathlib import Path

import pytest
from diagnosis.recorded import dataset, decaying, tree
from report.data.made import recording

import gradviz as gv
from gradviz.diagnosis import kinds
from gradviz.diagnosis.causes import CAUSES, LASTING
from gradviz.report.data.findings import PANEL_OF_KIND, PANEL_OF_PLOT, PANELS, findings, panel_of

CHECKS = Path(gv.__file__).parent / "diagnosis"


def test_every_kind_and_every_cause_has_a_panel():
    assert set(PANEL_OF_KIND) == set(kinds.KINDS)
    causes = {kind for table in (CAUSES, LASTING) for kind in table}
    causes |= {cause for table in (CAUSES, LASTING) for each in table.values() for cause in each}
    assert causes <= set(PANEL_OF_KIND)
    assert {*PANEL_OF_KIND.values(), *PANEL_OF_PLOT.values()} <= set(PANELS)


def test_every_plot_that_a_check_names_has_a_panel():
    text = "\n".join(path.read_text(encoding="utf-8") for path in CHECKS.rglob("*.py"))
    named = set(re.findall(r"\.plot\(\s*\"([a-z_]+)\"", text)) | set(
        re.findall(r"gv\.plot_([a-z_]+)\(tree", text)
    )
    assert named == set(PANEL_OF_PLOT)


def test_findings_are_those_of_the_diagnosis():
    vanished = tree(dataset(total=decaying(40)))
    found, made = findings(vanished), gv.diagnose(vanished)
    assert [each.kind for each in found] == list(made.kinds)
    assert len(found) > 0
    for each, finding in zip(found, made, strict=True):
        assert each.title == kinds.KINDS[finding.kind]
        assert (each.severity, each.what, each.where) == (finding.severity, finding.what, str(finding.where))
        assert list(each.amounts) == [str(amount) for amount in finding.amounts]
        assert (each.advice, each.code) == (finding.remedy.advice, finding.remedy.code)
        assert each.evidence.module == finding.where.module
        assert each.evidence.panel == panel_of(finding)
    json.dumps([each.to_json() for each in found], allow_nan=False)


def test_the_evidence_of_a_vanishing_gradient():
    (found,) = [each for each in findings(tree(dataset(total=decaying(40)))) if each.kind == kinds.VANISHING]
    evidence = found.evidence.to_json()
    assert evidence["panel"] == "gradient"
    assert evidence["layer"] == 0
    assert evidence["direction"] == "forward"
    assert isinstance(evidence["step"], int)
    assert evidence["time"] is None


@pytest.mark.parametrize(
    ("plot", "panel"), [("", "heatmap"), ("gv.plot_learning_curve(tree)", "learning_curve")]
)
def test_the_plot_that_a_finding_names_decides(plot, panel):
    class Finding:
        kind = kinds.NOT_FINITE

    Finding.plot = plot
    assert panel_of(Finding) == panel


def test_a_recording_that_cannot_be_diagnosed_says_why():
    found = findings(recording((0, 1)).isel(step=slice(0)))
    assert found.variable == "diagnosis"
    assert "nothing along 'step'" in found.how_to_get_it
