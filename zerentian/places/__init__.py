"""点位 Places: regions, sites and their facilities."""
