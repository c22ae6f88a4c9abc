"""The functions of the web service, one module for each area; the table is in ``table``."""
