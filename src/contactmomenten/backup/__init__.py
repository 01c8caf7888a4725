"""Everything of a database, in a file or in another database, and checked there."""
