"""Tables of the bare baseline."""
