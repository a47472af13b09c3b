from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from postroom.model.settings import Secret, SecretRef
from postroom.runtime.secrets import Secrets
from postroom.source.diagnostic import Problem

CANARY = "canary-4f1d"


def problem(secrets: Secrets, reference: SecretRef) -> Problem:
    with pytest.raises(Problem) as caught:
        secrets.resolve(reference)
    assert caught.value.diagnostic.code == "PR410"
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value.__context__)
    return caught.value


def test_a_secret_comes_from_the_environment() -> None:
    secrets = Secrets(Path(), environment={"PASSWORD": CANARY})
    assert secrets.resolve(SecretRef("env", "PASSWORD")).reveal() == CANARY


def test_a_secret_comes_from_a_file_beside_the_rules(tmp_path: Path) -> None:
    (tmp_path / "imap").write_text(f"{CANARY}\n")
    assert Secrets(tmp_path).resolve(SecretRef("file", "imap")).reveal() == CANARY


def test_a_plugin_is_asked_first() -> None:
    secrets = Secrets(Path(), lambda _reference: Secret("theirs"), {"PASSWORD": "ours"})
    assert secrets.resolve(SecretRef("env", "PASSWORD")).reveal() == "theirs"


def test_a_missing_variable_is_named_with_what_to_type() -> None:
    found = problem(Secrets(Path(), environment={}), SecretRef("env", "IMAP_PASSWORD")).diagnostic
    assert found.message == "the secret {env: IMAP_PASSWORD} cannot be had: the variable is not set"
    assert found.help == "export IMAP_PASSWORD=..."


def test_an_empty_variable_is_a_missing_one() -> None:
    problem(Secrets(Path(), environment={"PASSWORD": ""}), SecretRef("env", "PASSWORD"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    found = problem(Secrets(tmp_path), SecretRef("file", "nowhere")).diagnostic
    assert "no such file" in found.message


def test_a_file_that_is_not_text_is_refused_without_quoting_it(tmp_path: Path) -> None:
    (tmp_path / "imap").write_bytes(CANARY.encode() + b"\xff\xfe")
    problem(Secrets(tmp_path), SecretRef("file", "imap"))


def test_a_keyring_without_the_entry_says_what_to_type() -> None:
    found = problem(Secrets(Path()), SecretRef("keyring", "postroom/billing")).diagnostic
    assert found.help


@dataclass(frozen=True)
class SignIn:
    password: Secret | SecretRef


@dataclass(frozen=True)
class Settings:
    host: str
    auth: SignIn
    token: Secret | SecretRef | None = None


def test_references_in_settings_are_resolved_wherever_they_are() -> None:
    secrets = Secrets(Path(), environment={"P": "one", "T": "two"})
    settings = Settings("mx.example", SignIn(SecretRef("env", "P")), SecretRef("env", "T"))
    assert secrets.settle(settings) == Settings("mx.example", SignIn(Secret("one")), Secret("two"))


@dataclass(frozen=True)
class Places:
    near: Path
    far: Path


def test_a_relative_path_in_settings_is_found_from_the_rule_folder(tmp_path: Path) -> None:
    found = Secrets(tmp_path).settle(Places(Path("mailbox"), Path("/var/mail")))
    assert found == Places(tmp_path / "mailbox", Path("/var/mail"))


def test_settings_never_show_a_secret() -> None:
    settings = Secrets(Path(), environment={"P": CANARY}).settle(
        Settings("mx.example", SignIn(SecretRef("env", "P")))
    )
    assert CANARY not in repr(settings)
