"""Pure helpers that two or more templates use."""
