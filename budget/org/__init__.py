"""The organisation: people, teams, channels, and who may do what."""
