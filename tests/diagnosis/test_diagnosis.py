"""A diagnosis as a sequence, a verdict, and JSON."""

import json
from dataclasses import replace

import pytest
from diagnosis.recorded import dataset, decaying, tree
from hypothesis import given
from shown_html import ANY_TEXT, ShownHtml, is_harmless

from gradviz.diagnosis.diagnose import diagnose
from gradviz.diagnosis.diagnosis import Diagnosis
from gradviz.diagnosis.finding import Amount, Finding, Place, Remedy
from gradviz.diagnosis.kinds import CLIPPING, KINDS, VANISHING


def finding(kind=VANISHING, severity="trouble", value=1.5):
    amount = Amount("lost", value, "decades", "gradient_across_lag", "decades_lost", {"lag": 9}, {"layer": 0})
    return Finding(
        kind,
        severity,
        "why",
        Place("lstm", 0, "reverse", "forget"),
        (amount,),
        ("a", "b"),
        "plot",
        Remedy("do", "code"),
    )


def of(*findings):
    return Diagnosis(findings, 9, "what was read")


def test_it_is_a_sequence():
    first, second = finding(), finding(CLIPPING, "warning")
    found = of(first, second)
    assert len(found) == 2
    assert found[0] is first
    assert found[-1] is second
    assert found[1:] == (second,)
    assert list(found) == [first, second]
    assert second in found
    assert found.kinds == (VANISHING, CLIPPING)


@pytest.mark.parametrize(
    ("severities", "healthy", "warnings"),
    [
        ([], True, False),
        (["note"], True, False),
        (["warning"], True, True),
        (["trouble"], False, False),
        (["trouble", "warning"], False, True),
    ],
)
def test_verdict(severities, healthy, warnings):
    found = of(*(finding(severity=severity) for severity in severities))
    assert (found.is_healthy, found.has_warnings) == (healthy, warnings)
    assert found.to_dict()["healthy"] is healthy


def test_as_a_dict_for_json():
    assert of(finding()).to_dict() == {
        "healthy": False,
        "lag": 9,
        "read": "what was read",
        "findings": [
            {
                "kind": "vanishing",
                "title": KINDS[VANISHING],
                "severity": "trouble",
                "what": "why",
                "where": {"module": "lstm", "layer": 0, "direction": "reverse", "gate": "forget"},
                "amounts": [
                    {
                        "name": "lost",
                        "value": 1.5,
                        "unit": "decades",
                        "function": "gradient_across_lag",
                        "variable": "decades_lost",
                        "options": {"lag": 9},
                        "where": {"layer": 0},
                    }
                ],
                "evidence": {"variables": ["a", "b"], "plot": "plot"},
                "remedy": {"advice": "do", "code": "code", "changes": []},
                "cause": None,
                "since": None,
            }
        ],
        "checked": [],
        "not_seen": [],
    }


@pytest.mark.parametrize(
    ("value", "written"), [("inf", "inf"), ("-inf", "-inf"), ("nan", "nan"), ("0.25", 0.25)]
)
def test_numbers_that_json_lacks_are_text(value, written):
    text = json.dumps(of(finding(value=float(value))).to_dict(), allow_nan=False)
    assert json.loads(text)["findings"][0]["amounts"][0]["value"] == written


def test_a_real_diagnosis_survives_json():
    found = diagnose(tree(dataset(total=[-float("inf"), *decaying(9, 10)])), lag=9).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_printing_gives_the_text():
    assert str(of(finding())).startswith("Diagnosed: what was read; the task needs 9 time steps.")


def shown(*findings):
    return repr(of(*findings)).split("\n")


FOOTER = "  print(...) also says what to do, what was checked, and what was not seen"


def test_at_the_prompt_each_finding_is_one_line():
    place = "lstm, layer 0, reverse direction, forget gate"
    assert shown(finding(), replace(finding(CLIPPING, "note"), cause=VANISHING)) == [
        "Found: 1 trouble",
        "  Diagnosed       what was read",
        f"  TROUBLE         The gradient vanishes ({place})",
        f"  NOTE (follows)  The gradient is clipped at most training steps ({place})"[:107].rstrip() + "...",
        FOOTER,
    ]
    assert shown() == ["No trouble found in what was checked.", "  Diagnosed  what was read", FOOTER]


def test_at_the_prompt_many_findings_are_ten_lines():
    lines = shown(*(finding() for _ in range(50)))
    assert len(lines) == 10
    assert lines[0] == "Found: 50 troubles"
    assert lines[-2:] == ["  ... and 44 more", FOOTER]


def test_in_a_notebook_the_whole_text_is_folded_up():
    found = of(finding(), finding(CLIPPING, "warning"))
    html = ShownHtml(found._repr_html_())
    assert html.tags.count("tr") == 3
    folded = next(text for tag, text in html.texts if tag == "pre")
    assert folded == str(found)


@given(ANY_TEXT, ANY_TEXT)
def test_no_name_becomes_a_tag(module, text):
    named = replace(finding(), where=Place(module), what=text, plot=text, remedy=Remedy(text, text))
    found = Diagnosis((named,), 9, text)
    assert is_harmless(found._repr_html_())
    assert is_harmless(named._repr_html_())
    assert "\n" not in repr(named)
    assert len(repr(found).split("\n")) == 4


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, 1e308])
def test_a_finding_with_any_number(value):
    one = finding(value=value)
    assert repr(one) == "TROUBLE: The gradient vanishes (lstm, layer 0, reverse direction, forget gate)"
    rows = ShownHtml(one._repr_html_())
    assert str(one.amounts[0]) in rows.text
    assert repr(one.amounts[0]) == f"<{one.amounts[0]}>"
    assert ["pre", "code"] in rows.texts


def test_what_a_finding_tells_in_a_notebook():
    html = ShownHtml(replace(finding(), since=40)._repr_html_())
    assert [text for tag, text in html.texts if tag == "bdi"] == [
        *("what", "why", "numbers", "lost: 1.5 decades", "since", "training step 40"),
        *("do", "do", "see", "plot"),
    ]
