"""One ask, in parts: what it may cost, who pays, what is sent, what it came to."""
