"""Sessions whose data stays on the server; the visitor has a cookie with a random id."""
