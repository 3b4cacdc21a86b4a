"""A training job from plan to comparison: one job file, one folder, any service."""
