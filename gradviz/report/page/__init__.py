"""The frame of every page: its template, style and scripts, and the figures drawn in the browser."""
