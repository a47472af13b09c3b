from __future__ import annotations

import subprocess
import sys


def test_the_phrase_that_is_found_does_not_hang_on_the_hash_seed() -> None:
    code = (
        "from postroom.mail.phrases.find import PhraseSet;"
        "print(PhraseSet({'mailbox full', 'unknown user', 'over quota', 'user unknown'})"
        ".find('user unknown, mailbox full, over quota'))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(4)
    }
    assert found == {"mailbox full\n"}
