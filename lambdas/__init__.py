"""The deployed handlers: wire, call, return."""
