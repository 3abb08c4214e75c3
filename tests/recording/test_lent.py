"""What is lent can be used but not closed."""

from gradviz.recording.lent import Lent
from gradviz.recording.parts import PartWriter


def test_the_owner_closes_it(record, tmp_path):
    writer = PartWriter(tmp_path)
    lent = Lent(writer)
    lent.add(record(0))
    lent.add_metrics(0, {"loss": 3.0})
    lent.close()
    writer.add(record(1))
    assert lent.tree()["lstm"]["step"].values.tolist() == [0, 1]
    assert lent.tree()["loss"].values.tolist() == [3.0]
    assert not (tmp_path / "recording.nc").exists()
