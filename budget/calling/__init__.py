"""How a model is called: the wire under `budget.llm`."""
