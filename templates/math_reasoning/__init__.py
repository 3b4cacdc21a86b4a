"""Grades mathematics: the final answer, the steps to it, and how long they are."""
