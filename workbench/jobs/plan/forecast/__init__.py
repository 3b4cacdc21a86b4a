"""Where a plan's rollouts come from, and which prompts are worth training on by them."""
