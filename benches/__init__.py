"""Benches: ratios against a named baseline, both measured in the same run."""
