"""What recurs: who gets how much, when it is paid, what rolls over."""
