"""The page of one or several runs: everything that was recorded, training step by training step."""
