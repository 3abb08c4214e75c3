"""A file of results holds what it was given, and says where it is damaged."""

import math

import pytest

from gradviz.reproductions.result_file import (
    BadResultFile,
    ClaimRecord,
    ReproductionResult,
    RunRecord,
    Series,
    read_result_file,
    write_result_file,
)


def result():
    run = RunRecord(
        point={"model.cell": "gru"},
        seed=1,
        folder="a-12345678",
        outcome="diverged",
        ended_by="diverged",
        steps=3,
        seconds=1.5,
        cpu_seconds=1.25,
        learned=False,
        final={"loss": math.inf, "accuracy": math.nan},
        curves={"decades_lost": Series(steps=(0, 2), values=(-math.inf, 2.5))},
        task="adding",
    )
    claim = ClaimRecord(claim="c", point={}, outcome="not met", numbers="n", low=-math.inf)
    return ReproductionResult(
        name="a", told={"claim": "x"}, table={}, sweep={}, environments=({},), runs=(run,), claims=(claim,)
    )


def test_what_was_written_is_read(tmp_path):
    write_result_file(tmp_path / "a.json", result())
    found = read_result_file(tmp_path / "a.json")
    assert found.runs[0].final["loss"] == math.inf
    assert math.isnan(found.runs[0].final["accuracy"])
    assert found.runs[0].curves["decades_lost"].values == (-math.inf, 2.5)
    assert found.claims == result().claims
    assert found.told == {"claim": "x"}


def test_a_file_cut_in_half(tmp_path):
    path = tmp_path / "a.json"
    write_result_file(path, result())
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadResultFile, match=r"a.json is damaged"):
        read_result_file(path)


def test_a_file_with_a_wrong_value(tmp_path):
    path = tmp_path / "a.json"
    write_result_file(path, result())
    path.write_text(path.read_text().replace('"seed":1', '"seed":"one"'))
    with pytest.raises(BadResultFile, match=r"runs\.0\.seed"):
        read_result_file(path)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"steps":[0,2]', '"steps":[0,1,2]', r"curves\.decades_lost: .*3 steps have 2 values"),
        ('"environments":[{}]', '"environments":[]', "an environment that is not among the 0"),
    ],
)
def test_a_file_whose_parts_do_not_fit(tmp_path, right, wrong, said):
    path = tmp_path / "a.json"
    write_result_file(path, result())
    path.write_text(path.read_text().replace(right, wrong))
    with pytest.raises(BadResultFile, match=said):
        read_result_file(path)


def test_a_file_under_the_name_of_another_paper(tmp_path):
    write_result_file(tmp_path / "b.json", result())
    with pytest.raises(BadResultFile, match=r"b\.json is the result of 'a': call it a\.json"):
        read_result_file(tmp_path / "b.json")
