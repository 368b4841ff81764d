"""Devices that do not push: Wardline opens the line, keeps it, and hands each message to the inbox."""
