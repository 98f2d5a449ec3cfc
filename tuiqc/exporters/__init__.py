"""What does the next step need? One exporter per file."""
