"""Asking for more, and deciding on it."""
