"""Deployments of the stack: what they change, for whom, whether it works, and what may go."""
