"""The pages: what people see in a browser, read from the store within a Scope.

What belongs here: routes, what they need from the store, and how it is shown. Not here: SQL,
who may see what (``connector.audience``), anything that asks an outside service.
"""
