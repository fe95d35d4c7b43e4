"""Modules: what they are, where they lie, how they come and go."""
