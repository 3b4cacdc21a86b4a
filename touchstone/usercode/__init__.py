"""Users' own reward functions: read, policed, and served from a cage, never imported here."""
