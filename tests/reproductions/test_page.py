"""RESULTS.md: what it says follows from the results, and nothing in a text breaks its tables."""

import re
from pathlib import Path

import pytest
from invented_results import a_result, claims, measured, some_results

from gradviz.reproductions.page import page_text, write_page


def page(*results, **options):
    return page_text(results, pictures="../figures/reproductions", **options)


def tables(text):
    """The tables of a Markdown text, each a list of rows, each a list of cells."""
    found, lines = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(re.split(r"(?<!\\)\|", line)[1:-1])
        elif lines:
            found.append(lines)
            lines = []
    return found


def test_every_row_of_a_table_has_as_many_cells_as_its_header():
    found = tables(page(*some_results()))
    assert len(found) == 1 + 1 + 3 * 2 + 2 + 1
    for rows in found:
        assert {len(row) for row in rows} == {len(rows[0])}


def test_the_first_table_has_a_row_for_each_paper_that_leads_to_its_section():
    first, *others = some_results()
    text = page(first.model_copy(update={"told": {**first.told, "title": "It learns"}}), *others)
    rows = tables(text)[0][2:]
    for row, name in zip(rows, ("le2015", "pascanu2013", "engelken2023"), strict=True):
        assert row[0].strip() == f"[{name}](#{name})"
        assert f'<a id="{name}"></a>' in text
        assert row[1].strip() == r"[Somebody \[and others\] (2015)](https://doi.org/10.1000/xyz)"
        assert row[2].strip() == ("It learns" if name == "le2015" else first.told["claim"])
        assert row[3].strip() == "1 of 3 met, 1 not met, 1 open"
        assert row[4].strip() == "loss, LSTM: 5.3 times below" if name == "le2015" else row[4]


def test_the_claims_with_their_intervals_and_the_value_in_each_seed():
    of_claims, of_seeds = tables(page(a_result()))[2:4]
    assert [cell.strip() for cell in of_claims[2]] == [
        "1",
        "the loss is below that of model.cell=rnn, for LSTM (figure 2)",
        "5.3 times below (3.2 to 16, 97%)",
        "3.2 to 16, 97.4%",
        "6",
        "met",
    ]
    assert [row[-1].strip() for row in of_claims[3:]] == ["**not met**", "**the seeds do not tell**"]
    first = of_seeds[2]
    assert first[1].strip() == "0: 0.01, 1: 0.02, 2: 0.03, 3: 0.04, 4: 0.05, 5: not within 600"
    assert first[2].strip().startswith("0: 0.16, 1: 0.16")


@pytest.mark.parametrize(("which", "why", "decide"), [(0, False, False), (1, True, True), (2, False, True)])
def test_why_it_is_not_met_is_told_only_if_it_is_not(which, why, decide):
    text = page(a_result(its_claims=[claims()[which]]))
    assert ("The rate is too low" in text) == why
    assert ("ten times the steps" in text) == decide


def test_measured_numbers_stand_by_point_and_decades_that_are_not_shown_are_explained():
    text = page(measured())
    assert "The recording does not show decades lost over the lag: the loss reads most time steps" in text
    rows = [[cell.strip() for cell in row] for row in tables(text)[-1]]
    assert rows[0] == ["median (range)", "LSTM", "RNN (tanh)"]
    label = "largest Lyapunov exponent before training (nats per step)"
    assert rows[2] == [label, "−0.425 (−0.45 to −0.4)", "−0.42 (−0.44 to −0.4)"]


def test_provenance():
    text = page(a_result())
    for words in (
        "Seeds: 0 to 5.",
        "Runs: 10 done, 1 diverged, 1 missing; 6 of 11 learned.",
        "Missing: seed=5 model.cell=rnn: no free disk space.",
        "Versions: gradviz 0.9.0, torch 2.4.0, Python 3.11.9, commit abcdef0123.",
        "(AVX2), 1 thread a run.",
        "1.6 processor minutes for 11 runs, 0.1 for the longest; expected on two workers: 4 min",
    ):
        assert words in text


def test_a_result_of_another_file_is_said_to_be_one():
    assert "has changed since these runs" not in page(a_result())
    text = page(a_result(), outdated=["le2015"])
    assert "**The file of this claim has changed since these runs; `gradviz reproduce le2015`" in text
    assert "(the file has changed since)" in tables(text)[0][2][3]


def test_no_result_at_all():
    text = page()
    assert "0 papers, 0 runs" in text
    assert "Too few runs of both outcomes" in text


def test_a_result_without_runs_and_claims():
    text = page(a_result(runs=[], its_claims=[]))
    assert "le2015: nothing judged" in text
    assert "No claim was judged." in text
    assert "No run has a result." in text
    assert "le2015.svg" not in text


def test_pictures_are_linked_from_where_the_page_stands(tmp_path):
    (tmp_path / "experiments").mkdir()
    path = tmp_path / "experiments" / "RESULTS.md"
    write_page([a_result()], path, tmp_path / "figures" / "reproductions")
    found = re.findall(r"\]\((\S+\.svg)\)", path.read_text())
    assert found == ["../figures/reproductions/summary.svg", "../figures/reproductions/le2015.svg"]
    assert not Path(found[0]).is_absolute()


def test_how_sizes_were_chosen_is_said_of_the_shipped_papers_only():
    ours = page(*some_results())
    assert "Sizes and rates were chosen with other seeds" in ours
    assert "[Trials made for this question](vanishing/README.md)" in ours
    own = page(a_result().model_copy(update={"name": "mine"}))
    assert "Sizes and rates" not in own
    assert "vanishing/README.md" not in own
    assert "with 6 seeds or more" in own
