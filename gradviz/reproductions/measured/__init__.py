"""Named measures of a run that is done."""
