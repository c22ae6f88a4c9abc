"""What leaves the hub in other forms: pure renderers of what the store returns."""
