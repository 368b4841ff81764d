"""Real servers for tests: PostgreSQL, Mosquitto, Chromium and Wardline itself, each started on a free port and stopped."""
