"""Rewards programs for passing tests, compiling and being well written."""
