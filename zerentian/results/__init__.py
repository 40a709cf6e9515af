"""结果 Results: closing a month, ranks, lists, and the way back to every point."""
