"""What can be counted over a period: every counter is one SELECT, for a snapshot or on the spot."""
