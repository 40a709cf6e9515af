"""Standards and policies as files: YAML or JSON, each fault with file, line, path and reason."""

from __future__ import annotations

from pathlib import Path

from zerentian.core.data_files import load_model
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.standard import Standard


def load_standard(path: Path) -> Standard:
    """Read a standard. Raises `ProblemsFound`."""
    return load_model(path, Standard)


def load_policy(path: Path) -> Policy:
    """Read a policy. Raises `ProblemsFound`."""
    return load_model(path, Policy)
