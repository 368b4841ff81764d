"""What each command does: functions that add facts to a draft, in files that follow the life of a case."""
