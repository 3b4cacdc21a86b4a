"""Files of rows in S3, graded by a deployed grader."""
