"""Rows and where they lie: this disk, S3 or standard input, read and written by one door."""
