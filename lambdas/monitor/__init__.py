"""The scheduled look at rollout records."""
