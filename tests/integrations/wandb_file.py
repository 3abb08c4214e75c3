"""Reads the history in a file of Weights & Biases, as an offline run leaves it."""

import json
import struct

_BLOCK, _IDENTITY, _HEADER = 32768, 7, 7
_FULL, _LAST = 1, 4


def history(path):
    """The rows that were logged, by their ``_step``: dicts of names and values."""
    from wandb.proto.wandb_internal_pb2 import Record

    rows = {}
    for data in _records(path.read_bytes()):
        record = Record()
        record.ParseFromString(data)
        if record.WhichOneof("record_type") == "history":
            row = {
                each.key or ".".join(each.nested_key): json.loads(each.value_json)
                for each in record.history.item
            }
            rows[row["_step"]] = row
    return rows


def _records(content):
    """The records of a log in LevelDB's format, which begins with the file's identity."""
    place, parts = _IDENTITY, []
    while place + _HEADER <= len(content):
        if _BLOCK - place % _BLOCK < _HEADER:  # the rest of a block, too short for a header
            place += _BLOCK - place % _BLOCK
            continue
        _, size, kind = struct.unpack_from("<IHB", content, place)
        place += _HEADER
        parts.append(content[place : place + size])
        place += size
        if kind in (_FULL, _LAST):
            yield b"".join(parts)
            parts = []
