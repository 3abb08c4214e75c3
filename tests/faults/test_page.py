"""The page about reliability says what the stored results say."""

import pytest
from faults import damage, kills, page
from faults.page import PAGE, read_results, tables, with_tables

from gradviz.recording.provenance import FORMAT_VERSION


def row(what, fault, **counts):
    return {
        "what": what,
        "fault": fault,
        "refused": 0,
        "equal": 0,
        "unnoticed": 0,
        "lost": 0,
        "examples": [],
        **counts,
    }


def found(*rows):
    names = (
        "gradviz",
        "torch",
        "numpy",
        "xarray",
        "h5py",
        "matplotlib",
        "python",
        "commit",
        "format",
        "system",
    )
    made = {**dict.fromkeys(names, "1"), "date": "2020-01-02", "processor": "some"}
    return {"rows": list(rows), "seconds": 120, "seed": 3, "made": made}


@pytest.fixture
def results():
    reading = {"memory": 2**20, "handles": 6, "threads": 1, "files": 1}
    soak = {"rounds": 5, "steps": 50, "memory": [1.0, -2.0, 3.0], "first": reading, "last": reading}
    return {
        "kills": found(
            row("close", "at a random time", equal=3), row("close", "before a file operation", lost=1)
        ),
        "damage": found(row("a", "one bit", refused=2), row("b", "one bit", refused=4, unnoticed=1)),
        "soak": {**found(row("soak", "memory", equal=1)), **soak},
    }


def test_the_tables_by_hand(results):
    text = tables(results)
    assert "| close | 4 | 3 | 0 | 3 | 0 | 1 |" in text
    assert "| b | 5 | 5 | 4 | 0 | 1 | 0 |" in text
    assert "| one bit | 7 | 7 | 6 | 0 | 1 | 0 |" in text
    assert "Made on 2020-01-02 at commit 1" in text
    assert "trend is 1 bytes a round (95 % interval -2 to 3)" in text
    assert "Nothing grew by the rule" in text
    results["soak"]["rows"][0]["lost"] = 1
    assert "Grown: memory." in tables(results)


def test_what_stands_around_the_tables_stays(results):
    text = f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n"
    made = with_tables(text, results)
    assert made.startswith("before\n")
    assert made.endswith("\nafter\n")
    assert "old" not in made
    assert with_tables(made, results) == made
    with pytest.raises(ValueError, match="the page must have"):
        with_tables("nothing", results)


def test_the_page_has_the_stored_results():
    """If this fails: `python tests/faults --page`."""
    text = PAGE.read_text(encoding="utf-8")
    assert with_tables(text, read_results()) == text


def test_the_stored_results_are_of_all_that_is_tried_now():
    """If this fails: `python tests/faults --results docs/reliability.json`."""
    stored = read_results()
    assert {(one["what"], one["fault"]) for one in stored["damage"]["rows"]} == set(damage.kinds())
    assert {one["what"] for one in stored["kills"]["rows"]} == {kind.name for kind in kills.KINDS}
    assert {stored[name]["made"]["format"] for name in ("kills", "damage", "soak")} == {str(FORMAT_VERSION)}
    assert sum(one["lost"] for name in ("kills", "damage", "soak") for one in stored[name]["rows"]) == 0
