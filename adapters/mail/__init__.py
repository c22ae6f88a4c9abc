"""E-mail: a destination that sends each person a letter of their own."""
