"""The runtime that ships to Lambda: contract, pipeline, scoring, sandbox and judge."""
