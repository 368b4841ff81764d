"""The client of Open311: what of the city's cases other systems are told, and what they say of them."""
