"""Instruction following: verifiable constraints by rule, intent and tone by a judge."""
