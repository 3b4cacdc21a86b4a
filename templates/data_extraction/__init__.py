"""Grades structured data that a model extracted from a text."""
