"""What every adapter promises: the same checks over every row of the registry."""
