"""What a run leaves behind: its trial table (SQLite) and its provenance."""
