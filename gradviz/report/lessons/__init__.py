"""Lessons that move: each asks one question, and computes in the reader's browser."""
