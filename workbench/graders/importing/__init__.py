"""Graders of other services become graders of graders.toml: read, written, compared."""
