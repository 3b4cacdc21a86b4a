"""The function that runs untrusted code: no permissions, no network, no expected values."""
