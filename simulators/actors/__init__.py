"""The actors, one file each: cameras, sensors, people who report, workers, the desk."""
