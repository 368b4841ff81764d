"""Doors: they store a message and answer. They know no feed."""
