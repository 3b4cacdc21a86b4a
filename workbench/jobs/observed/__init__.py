"""What a deployed grader logged while a job ran, whichever service runs the job."""
