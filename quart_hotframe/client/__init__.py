"""The client: its JavaScript sources, what joins them into one file, and what serves that."""
