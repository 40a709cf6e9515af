"""Score sheets as towns keep them in Excel: read, understood as rules, written as a standard."""
