"""A page for developers that shows every component at work."""
