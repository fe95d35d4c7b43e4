"""Live components that are bound to rows of a database."""
