"""What several tests share, one subject a file."""
