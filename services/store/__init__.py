"""The books: SQLAlchemy tables, the one writer, and the only SQL of the project."""
