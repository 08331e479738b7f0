"""Every error of a provider has its sentence."""

import pytest

from shop import problems
from shop.providers import errors


def every_error(kind=errors.ProviderError):
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from every_error(child)


@pytest.mark.parametrize(
    "kind", [e for e in every_error() if e is not errors.ProviderError], ids=lambda e: e.__name__
)
def test_each_error_has_words_and_a_status(kind):
    found = problems.problem(kind())
    assert found.code == kind.code
    assert kind.code in problems.TABLE
    assert found.title
    assert found.text
    assert found.status >= 400


def test_an_unknown_code_reads_like_a_refusal():
    assert problems.problem("something_new").title == problems.problem("refused").title


def test_the_limit_is_told():
    assert "6" in problems.problem(errors.LimitExceeded(limit=6)).text


def test_refused_details_point_at_their_fields():
    assert problems.problem(errors.DetailsRejected(fields={"email": "email"})).fields == {
        "email": "Please enter an e-mail address such as name@example.org."
    }
