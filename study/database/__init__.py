"""Store studies and votes in SQLite or PostgreSQL; the only folder that uses SQLAlchemy."""
