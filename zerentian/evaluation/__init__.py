"""The engine: how observations become scores, ranks, lists and interviews (docs/evaluation.md)."""
