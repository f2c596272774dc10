"""Titles worth a look for a letter, each with why it was found; the librarian picks, and writes the why."""
