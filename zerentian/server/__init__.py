"""How the rooms are served: settings, database, processes, health."""
