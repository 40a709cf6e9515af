"""整改 Tickets: no problem that somebody found gets lost before its repair is proved."""
