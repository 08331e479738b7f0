"""Claims let one process at a time do a thing, and forget owners that died."""

from datetime import timedelta

import pytest

from shop import claims

pytestmark = pytest.mark.django_db


def test_only_one_owner_at_a_time():
    with claims.claim("hold:1"), pytest.raises(claims.Taken), claims.claim("hold:1"):
        pass


def test_what_was_given_up_can_be_taken_again():
    with claims.claim("hold:1"):
        assert claims.is_taken("hold:1")
    assert not claims.is_taken("hold:1")
    with claims.claim("hold:1"):
        pass


def test_the_claim_of_a_dead_owner_runs_out(move_clock):
    assert claims.take("hold:1", seconds=30)  # and never given up
    move_clock(timedelta(seconds=29))
    assert claims.take("hold:1", seconds=30) is None
    move_clock(timedelta(seconds=2))
    assert claims.take("hold:1", seconds=30)


def test_an_owner_who_lost_the_claim_cannot_give_up_that_of_the_next(move_clock):
    late = claims.take("hold:1", seconds=30)
    move_clock(timedelta(seconds=31))
    assert claims.take("hold:1", seconds=30)
    claims.give_up("hold:1", late)
    assert claims.is_taken("hold:1")
    assert not claims.prolong("hold:1", late, seconds=30)


def test_a_claim_ends_with_its_block_even_when_the_block_fails():
    with pytest.raises(RuntimeError), claims.claim("hold:1"):
        raise RuntimeError
    assert not claims.is_taken("hold:1")
