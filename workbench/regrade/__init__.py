"""Regrading: files of rows in S3 through a deployed grader, from here or in the account."""
