"""Results are the same after writing and reading."""

import json

import pytest

from gradviz.benchmark.kept_results import NoResults, read_results, write_results


def test_there_and_back(tmp_path, results):
    path = tmp_path / "found.json"
    write_results(path, results)
    assert read_results(path) == results
    write_results(tmp_path / "again.json", read_results(path))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_what_is_not_there_or_something_else_is_an_error(tmp_path):
    path = tmp_path / "found.json"
    with pytest.raises(NoResults, match=r"no results in .*found.json: No such file"):
        read_results(path)
    for text in ("{", "{}", json.dumps({"rows": [{"x": 1}]})):
        path.write_text(text)
        with pytest.raises(NoResults, match=r"found.json does not hold the results of a benchmark"):
            read_results(path)
