"""Summarization: keeps what matters, invents nothing, is brief and reads well."""
