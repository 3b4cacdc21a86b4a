"""Completions that answer what was asked, in many languages and forms."""
