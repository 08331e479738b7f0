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
    from shop.providers.spektrix import options

    known = in_code()
    for line in (ROOT / ".env.example").read_text().splitlines():
        if match := re.match(r"#?\s*([A-Z_]+)=", line):
            name = match[1]
            of_an_account = name.startswith("ACCOUNT_") and any(
                name.endswith(f"_{part}")
                for part in (*accounts.PLAIN, *accounts.SECRET, *options.OPTIONS, "GLOBAL_URL")
            )
            assert name in known or of_an_account, name


def test_the_options_of_spektrix_and_xs2event_accounts_are_the_rows_of_their_tables():
    from shop.providers.spektrix import options
    from shop.providers.xs2event import options as xs2event

    text = (ROOT / "README.md").read_text()
    v3, feed = text.split("A venue that is read from the older v2 feed", 1)
    rows = re.compile(r"^\| `ACCOUNT_<NAME>_([A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)
    told = dict(rows.findall(v3.split("Spektrix (`spektrix`", 1)[1]))
    assert told == {**options.OPTIONS, "CUSTOM_DOMAIN": "BASE_URL"}
    feed, wholesaler = feed.split("## ", 1)[0].split("XS2Event also takes", 1)
    assert dict(rows.findall(feed)) == options.FEED_OPTIONS
    assert dict(rows.findall(wholesaler)) == xs2event.OPTIONS


def test_every_guess_about_a_provider_is_listed():
    import ast

    text = (ROOT / "shop/providers/README.md").read_text()
    for path in sorted((ROOT / "shop/providers").glob("*/inferred*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert f"`{node.name}`" in text, f"{path.parent.name}: {node.name}"


def test_every_guess_that_is_listed_is_in_the_code():
    import ast

    text = (ROOT / "shop/providers/README.md").read_text().split("## What no document says", 1)[1]
    compared = set()
    for part in re.split(r"\n(?=[A-Z][^\n]*, `)", text)[1:]:
        named = re.match(r"[^\n]*`([a-z0-9]+/inferred\w*\.py)`", part)
        if named is None:
            continue  # a guess of a room about its provider's pages
        path = ROOT / "shop/providers" / named[1]
        tree = ast.parse(path.read_text()).body
        there = {node.name for node in tree if isinstance(node, ast.FunctionDef)}
        there |= {
            name.id
            for node in tree
            if isinstance(node, ast.Assign)
            for name in node.targets
            if isinstance(name, ast.Name)
        }
        first = [
            line.split("|")[1]
            for line in part.splitlines()
            if line.startswith("| `") and line.count("|") == 3
        ]
        listed = re.findall(r"`(\w+)`", " ".join(first) if first else part)
        assert len(listed) > 5, path
        assert set(listed) <= there, (path, set(listed) - there)
        compared.add(path)
    assert compared == set((ROOT / "shop/providers").glob("*/inferred*.py"))


def test_the_table_of_capabilities_says_something_of_every_provider():
    text = (ROOT / "shop/providers/README.md").read_text()
    rows = [line for line in text.split("| kind of account", 1)[1].splitlines()[1:] if line.startswith("| ")]
    rows = rows[: next((n for n, line in enumerate(rows) if line.startswith("| function")), len(rows))]
    columns = next(line for line in text.splitlines() if line.startswith("| | ")).count("|") - 1
    assert len(rows) > 20
    for row in rows:
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        assert len(cells) == columns, row
        assert all(cells), row


def test_every_kind_of_account_that_can_be_sold_has_a_column():
    from django.conf import settings

    text = (ROOT / "shop/providers/README.md").read_text()
    head = next(line for line in text.splitlines() if line.startswith("| kind of account"))
    assert set(re.findall(r"`([a-z0-9-]+)`", head)) == set(settings.PROVIDERS)
