"""The double-entry ledger: holds, transfers, lots, and the proof that they add up."""
