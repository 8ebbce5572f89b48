"""Events in files: which files there are, what is in them, and of what types their columns are."""
