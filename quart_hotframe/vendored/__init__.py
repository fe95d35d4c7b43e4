"""Clients that others made, such as htmx and Alpine: vendored or found in wheels, and served."""
