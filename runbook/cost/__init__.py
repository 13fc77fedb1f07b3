"""What the stack costs: usage, tiers, estimates, the networks side by side, scenarios, and prices in a plan."""
