"""A city to try Wardline on. Actors speak to a server over the wire only; everything is drawn from a seed."""
