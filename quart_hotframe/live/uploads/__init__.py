"""Files that a page of a live component sends before the event that they are for."""
