"""``python -m connector.cli``: the same as the installed command."""

from connector.cli.main import main

main(prog_name="clusterhub")
