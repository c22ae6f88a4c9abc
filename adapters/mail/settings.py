"""What may be configured about e-mail. Nothing here connects to anything."""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Security = Literal["starttls", "tls", "none"]
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]{1,64}@[^\s@<>,;:\"\\]{1,255}")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class MailSettings(BaseModel):
    """One mail server, and who gets letters through it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1,
        max_length=300,
        description="The mail server, as smtp://mail.example.school.nz or with :port.",
    )
    security: Security = Field(
        default="starttls",
        description=(
            "How the connection is secured: starttls (port 587), tls (port 465), or none, "
            "which is only taken for a mail server on this machine."
        ),
    )
    sender: str = Field(description="The address that letters come from.")
    sender_name: str = Field(default="", max_length=100, description="The name beside it.")
    reply_to: str | None = Field(default=None, description="Where answers go; else the sender.")
    people: tuple[str, ...] = Field(
        default=(), max_length=5000, description="The addresses that get a letter each."
    )
    user: str | None = Field(default=None, description="The account's name at the mail server.")
    password: SecretStr | None = Field(
        default=None, description="Its password, as env:NAME; leave it out with token_command."
    )
    token_command: str | None = Field(
        default=None,
        description=(
            "A program that prints an access token, for mail servers that want XOAUTH2 instead "
            "of a password."
        ),
    )

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_mail_address(cls, value: str | None) -> str | None:
        return None if value is None else _mail_address(value)

    @field_validator("people")
    @classmethod
    def _are_mail_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_mail_address(one) for one in value))

    @field_validator("address")
    @classmethod
    def _is_server(cls, value: str) -> str:
        parts = urlsplit(value if "://" in value else f"smtp://{value}")
        try:
            is_server = bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_server = False
        if not is_server or parts.scheme != "smtp" or "@" in parts.netloc:
            raise ValueError("write the mail server as smtp://mail.example.school.nz")
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> "MailSettings":
        if self.security == "none" and self.host not in _HERE:
            raise ValueError("security = none is only for a mail server on this machine")
        if (self.password or self.token_command) and not self.user:
            raise ValueError("user is missing: name the account that the secret is of")
        return self

    @property
    def host(self) -> str:
        """Name of the mail server."""
        parts = urlsplit(self.address if "://" in self.address else f"smtp://{self.address}")
        return parts.hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        parts = urlsplit(self.address if "://" in self.address else f"smtp://{self.address}")
        return parts.port or _PORTS[self.security]


def _mail_address(value: str) -> str:
    address = value.strip().lower()
    if not _ADDRESS.fullmatch(address) or not (address.isascii() and address.isprintable()):
        raise ValueError("write e-mail addresses such as teacher@example.school.nz")
    return address
