"""Receivers: who is told, and in which form."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr


class Format(StrEnum):
    """How a receiver wants to be told; each has its adapter."""

    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told, ready to be used: its variables are resolved."""

    name: str
    format: Format
    url: SecretStr
    secrets: tuple[SecretStr, ...]
    """Each signs every message: two during a rotation."""
    allow_private_addresses: bool = False
