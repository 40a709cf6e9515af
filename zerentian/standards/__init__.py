"""标准 Standards: stored versions of standards and policies."""
