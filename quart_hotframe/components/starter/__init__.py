"""The components that every app has, until it has one of the same name."""
