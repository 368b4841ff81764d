"""The world: all I/O. Data goes in by the doors of intake/ and comes out by api/ and live/."""
