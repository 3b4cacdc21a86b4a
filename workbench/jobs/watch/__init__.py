"""``job watch``: a job followed, shown, and stopped where its file says so."""
