"""What papers claim, run again: result files, what follows from them, and how it is told."""
