"""What is attached to a question, and what a model can make of it."""
