"""The page of a run that goes on: its files read as they come, served to browsers of this machine only."""
