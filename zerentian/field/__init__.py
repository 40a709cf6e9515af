"""The HTTP API of phones and integrations: /api/, described at /api/openapi.json."""
