"""A page with live components, and all that its client does, in the process of the test."""
