"""Grading a file of rows: read, send to the handler in batches, write, summarise."""
