"""What everybody may see without a login: the map, the list, one case's page, feeds, and the labels' way in."""
