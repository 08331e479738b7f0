"""README's table of settings and the code name the same variables."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def in_code() -> set[str]:
    text = (ROOT / "shop/settings.py").read_text()
    found = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', text))
    found.add("PROVIDER_ACCOUNTS")
    return found


def in_readme() -> set[str]:
    text = (ROOT / "README.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))


def test_every_setting_is_in_the_table_and_every_row_is_a_setting():
    assert in_readme() == in_code()


def test_every_variable_of_an_account_is_explained():
    from shop.providers import accounts

    text = (ROOT / "README.md").read_text()
    for name in {*accounts.PLAIN, *accounts.SECRET}:
        assert f"`ACCOUNT_<NAME>_{name}`" in text, name


def test_the_example_environment_names_only_variables_that_exist():
    from shop.providers import accounts

    known = in_code()
    for line in (ROOT / ".env.example").read_text().splitlines():
        if match := re.match(r"#?\s*([A-Z_]+)=", line):
            name = match[1]
            of_an_account = name.startswith("ACCOUNT_") and any(
                name.endswith(f"_{part}") for part in (*accounts.PLAIN, *accounts.SECRET, "GLOBAL_URL")
            )
            assert name in known or of_an_account, name
