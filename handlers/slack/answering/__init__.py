"""Working on asks: taking them up, reading what is attached, writing the answer."""
