"""Ground floor: exact points, months, working time, regions, problems and tables; no database, no pages."""
