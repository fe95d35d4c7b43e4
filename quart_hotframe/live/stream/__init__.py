"""Streams: how pages learn of what changes, as server-sent events."""
