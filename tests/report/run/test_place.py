"""The places of a page have names that fit it."""

from gradviz.report.run.place import Place


def test_a_place_is_named_by_module_layer_and_direction():
    assert Place("encoder.lstm", 1, "forward").label == "encoder.lstm, layer 1"
    assert Place("", 0, "reverse").label == "model, layer 0, backwards in time"


def test_a_long_name_is_cut():
    assert Place("m" * 3000, 0, "forward").label == "m" * 79 + "…, layer 0"
    assert Place("m" * 80, 0, "forward").label == "m" * 80 + ", layer 0"
