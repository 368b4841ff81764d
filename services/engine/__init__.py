"""The loop: messages and commands in, facts out, committed in batches. One engine writes; all others read."""
