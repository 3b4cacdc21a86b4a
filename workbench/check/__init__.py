"""Whether a grader is right and cannot be gamed: probes, each with a proof of its own."""
