"""Grades moderation decisions, and replies to what should or should not be answered."""
