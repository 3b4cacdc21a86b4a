"""Rows in, RFT rows out: convert, validate, profile, split."""
