"""Interactive pages: a run, a live run, lessons that move.  Each is one HTML file that needs no network."""
