"""The operator's tools, never shipped to Lambda: one package per noun."""
