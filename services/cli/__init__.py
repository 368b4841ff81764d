"""The `wardline` command: one file per noun."""

from services.cli.root import main

__all__ = ["main"]
