"""Cheap passwords for tests, by the same algorithm as the real ones."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """One round instead of a million."""

    iterations = 1
