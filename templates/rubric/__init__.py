"""A rubric of your own: criteria, levels, instructions and contexts from graders.toml."""
