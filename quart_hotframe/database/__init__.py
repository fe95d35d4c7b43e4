"""Data: engines, units of work, models and migrations."""
