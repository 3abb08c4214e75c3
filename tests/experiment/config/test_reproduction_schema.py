"""[reproduction] is checked by every command that reads the file, and no part of what names a run."""

import pytest

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.reproduction_schema import read_reproduction
from gradviz.experiment.config.validation import BadExperiment

TOLD = {
    "claim": "a",
    "source": "b",
    "protocol": "c",
    "differs": ["d"],
    "theirs": "e",
    "full_size": "f",
    "minutes": 2.0,
}


def place(_):
    return "a.toml"


def test_what_is_told_of_a_claim():
    found = read_reproduction({**TOLD, "learned": {"metric": "loss", "below": 0.1}}, place)
    assert (found.claim, found.differs, found.minutes) == ("a", ("d",), 2.0)
    assert (found.learned.metric, found.learned.below) == ("loss", 0.1)


def test_a_file_without_the_table():
    assert read_reproduction(None, place) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clam": "x"}, r"a.toml: reproduction.clam: unknown key; did you mean 'claim'\? \(claim, source, "),
        ({"learned": {"metric": "loss", "belov": 0.1}}, r"learned.belov: unknown key; did you mean 'below'"),
        ({"differs": "x"}, r"reproduction.differs = 'x': must be a list of texts"),
        ({"claim": " "}, r"reproduction.claim = ' ': must say something"),
        ({"differs": [""]}, r"reproduction.differs\[0\] = '': must say something"),
        ({"minutes": 0.0}, r"reproduction.minutes"),
        ({"learned": {"metric": "loss", "below": 0.1, "share_of_seeds": 0.5}}, r"single run"),
    ],
)
def test_mistakes_name_their_place(change, message):
    with pytest.raises(BadExperiment, match=message):
        read_reproduction({**TOLD, **change}, place)


def test_a_table_is_needed():
    with pytest.raises(BadExperiment, match="reproduction = 3"):
        read_reproduction(3, place)


def test_a_file_is_read_without_it(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('name = "a"\n[reproduction]\nclaim = "x"\n')
    with pytest.raises(BadExperiment, match=r"reproduction.source"):
        read_file(path)
