"""Tone and style: speaks in the brand's voice, to its audience, as a professional would."""
