"""Decides when work runs, and runs it; knows adapters only by their contract."""
