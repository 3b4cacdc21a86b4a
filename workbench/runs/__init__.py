"""Runs that stay: every row that `touchstone grade` graded, with its result, to look at again.

A run is one SQLite file. SQLite comes with Python, keeps a row as soon as it is graded, lets a
reader in beside the writer, and holds a million rows; DuckDB would be 30 MB more for a CLI that
must start in a tenth of a second, and locks readers out.
"""
