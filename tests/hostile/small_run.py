"""A training of a moment, of which every step is recorded."""

TABLE = {
    "name": "small",
    "task": {"name": "adding", "length": 6},
    "model": {"cell": "rnn", "hidden_size": 3},
    "training": {"steps": 4, "batch_size": 2},
    "recording": {"every": 1},
}
