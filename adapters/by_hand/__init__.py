"""By hand: a place that the hub cannot write to, where a person posts the text."""
