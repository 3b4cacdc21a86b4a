"""The local reinforcement loop: a small model learns from a grader on this machine."""
