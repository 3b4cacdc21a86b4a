"""A grader proposed from rows: by rules where they decide, else by a model that is asked."""
