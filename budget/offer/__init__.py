"""The models on offer, and their prices."""
