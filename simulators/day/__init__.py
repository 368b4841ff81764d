"""A day of all cameras and sensors with their faults: what is planted must be a case, and nothing else may be."""
