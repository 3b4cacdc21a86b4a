"""Grading rows: send them to a grader in batches, hold them against what they expect, summarise."""
