"""The case sheet: one case on paper, in Chinese or English."""
