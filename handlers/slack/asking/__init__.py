"""Ways to ask, and what can be done with an ask: one file for each thing that happens."""
