"""Page-shaped reads: every number is suppressed here, once, for screen and exports alike."""
