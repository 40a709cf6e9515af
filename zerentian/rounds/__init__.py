"""测评 Rounds: a month of inspections, from the plan to the last visit."""
