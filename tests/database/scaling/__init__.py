"""More than one machine, for real: Debian's PostgreSQL with a standby, and Debian's PgBouncer."""
