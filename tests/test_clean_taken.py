"""What an extractor put out is found again in the page's blocks, however it laid out the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cleanpipe.clean.taken import _Index, _Places, taken

BLOCKS = [
    "Home",
    "The lock gate at Ardle was opened by hand for the last time on Monday.",
    "Share",
    "A motor will do the work from now on, the canal board said.",
    "Home",
    "Share",
]


def test_pieces_are_found_where_they_stand() -> None:
    assert taken(BLOCKS, [BLOCKS[1], BLOCKS[3]]) == [0, 1, 0, 1, 0, 0]


def test_white_space_and_unprintable_characters_do_not_matter() -> None:
    assert taken(["The lock\n gate\xad was\u200b opened."], ["The lock gate was", " opened.\n"]) == [1]
    assert taken(["Cafe\u0301"], ["Caf\u00e9"]) == [1]


def test_a_short_piece_is_sought_between_its_neighbours() -> None:
    assert taken(BLOCKS, [BLOCKS[1], "Share", BLOCKS[3]]) == [0, 1, 1, 1, 0, 0]
    assert taken(BLOCKS, [BLOCKS[3], "Share"]) == [0, 0, 0, 1, 0, 1]


def test_a_short_piece_is_rather_a_block_than_a_part_of_one() -> None:
    assert taken(["We share the boat.", "share"], ["share"]) == [0, 1]


def test_pieces_in_another_order_are_found_all_the_same() -> None:
    assert taken(BLOCKS, [BLOCKS[3], BLOCKS[1]]) == [0, 1, 0, 1, 0, 0]


def test_of_a_piece_that_lost_its_middle_both_ends_are_found() -> None:
    block = "The lock gate at Ardle (see our map of all the gates) was opened by hand for the last time."
    (share,) = taken([block], ["The lock gate at Ardle was opened by hand for the last time."])
    assert 0.6 < share < 0.75


def test_text_that_is_not_on_the_page_is_not_found() -> None:
    assert taken(BLOCKS, ["An entirely different story about the price of herring in the north."]) == [0] * 6


@given(st.lists(st.text("abc \n", max_size=30), max_size=8), st.lists(st.text("abc \n", max_size=40), max_size=8))
def test_shares_are_shares(blocks: list[str], pieces: list[str]) -> None:
    shares = taken(blocks, pieces)
    assert len(shares) == len(blocks) and all(0 <= share <= 1 for share in shares)


@given(st.lists(st.text("abcdefgh ", min_size=1, max_size=30).filter(str.strip), max_size=8))
def test_an_extractor_that_takes_everything_takes_every_block(blocks: list[str]) -> None:
    assert all(share == 1 for share in taken(blocks, blocks))


@given(
    st.text("ab é", max_size=400),
    st.lists(st.tuples(st.integers(0, 380), st.integers(1, 60)), max_size=20),
    st.text("ab é", min_size=20, max_size=40),
)
def test_an_index_finds_what_a_search_finds(text: str, cuts: list[tuple[int, int]], other: str) -> None:
    pieces = [piece for at, size in cuts if (piece := text[at : at + size])] + [other]
    plain, quick = _Places(text, [0]), _Places(text, [0])
    quick._index = _Index(text)
    assert quick.of(pieces) == plain.of(pieces)
