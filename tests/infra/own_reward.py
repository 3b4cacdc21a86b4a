"""A team's own reward function, for the tests of what is deployed."""


def reward(sample):
    """Pays for an answer that is the reference."""
    return float(sample.completion.strip() == sample.reference)
