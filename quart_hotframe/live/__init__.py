"""Live components: their state is on the server, and events change it and the page."""
