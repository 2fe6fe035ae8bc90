"""Pools for a purpose, and the channels where they pay."""
