"""What is used of one server or library only: one file each."""
