"""The tables that everything else reads."""

from gradviz.vocabulary import CELLS, SQUASH, describe_cell, replay_error_limit


def test_coarser_numbers_may_differ_more():
    limits = [replay_error_limit(dtype) for dtype in ("float64", "float32", "float16", "bfloat16")]
    assert limits == sorted(set(limits))
    assert replay_error_limit("something") == replay_error_limit("float32")


def test_paths_by_hand():
    assert CELLS["rnn"].paths == ("direct", "hidden")
    assert CELLS["lstm"].paths == ("direct", "carry", "input", "forget", "candidate", "output")
    assert CELLS["gru"].paths == ("direct", "carry", "reset", "update", "candidate")
    assert CELLS["observed"].paths == ()


def test_gates_are_those_of_the_weights_in_their_order():
    assert CELLS["lstm"].gates == ("input", "forget", "candidate", "output")
    assert CELLS["gru"].gates == ("reset", "update", "candidate")
    assert CELLS["gru"].sigmoid_gates == ("reset", "update")
    assert [name for name, cell in CELLS.items() if cell.is_rectified] == ["rnn_relu"]
    assert all(squash in SQUASH for cell in CELLS.values() for squash in cell.squash.values())
    assert all(gate in cell.gates for cell in CELLS.values() for gate in (cell.keeps, cell.writes) if gate)


def test_an_unknown_cell_has_no_gates():
    assert describe_cell("mine").label == "mine"
    assert describe_cell(None).label == "module"
    assert describe_cell("mine").gates == describe_cell("mine").paths == ()
    assert describe_cell("lstm") is CELLS["lstm"]
