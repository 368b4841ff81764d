"""Real servers for tests, each started on a free port and stopped: PostgreSQL, Mosquitto, Chromium, Wardline."""
