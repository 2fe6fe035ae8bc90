"""Tokens as compensation: vesting, statements, the answer to an offer."""
