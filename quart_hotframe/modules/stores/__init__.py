"""Where a store can be: in files of one host, or in tables of a database."""
