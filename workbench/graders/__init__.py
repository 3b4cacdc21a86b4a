"""New graders: a file, its entry, its golden cases and its test, ready to run."""
