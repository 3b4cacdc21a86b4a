"""``compare``: the base and the tuned model side by side, graded by our own grader."""
