"""台账 Ledger: what was done, by whom, when; append-only, chained, provable."""
