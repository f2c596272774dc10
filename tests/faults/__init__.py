"""What breaks on purpose: real processes, a mail server that fails in every way, and the six invariants after each."""
