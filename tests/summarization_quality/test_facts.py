"""Numbers, dates and names are the same fact however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.templates.summarization_quality.facts import facts_of, invented
from touchstone.templates.summarization_quality.reading import read


def new_in(summary, source):
    return [fact.text for fact in invented(read(summary), read(source))]


@pytest.mark.parametrize(
    ("summary", "source"),
    [
        ("It cost 5000 euros.", "It cost 5,000 euros."),
        ("It cost five thousand euros.", "It cost 5,000 euros."),
        ("It cost 5,000 euros.", "It cost five thousand euros."),
        ("There were 25 of them.", "There were twenty-five of them."),
        ("There were 1,250 of them.", "There were one thousand two hundred and fifty of them."),
        ("They paid 4 million.", "They paid £4million."),
        ("They paid 1.2bn.", "They paid 1,200,000,000."),
        ("Some 1.2 million came.", "A total of 1,203,456 came."),
        ("It grew 5.0 %.", "It grew 5 %."),
        ("He left on March 27.", "He left on the 27th of March 2015."),
        ("He left on 27 March 2015.", "He left on 2015-03-27."),
        ("He left on 2015-03-27.", "He left on 27/03/2015."),
        ("The deal with the US holds.", "The deal with the U.S. holds."),
        ("The deal with the United States holds.", "The deal with the US holds."),
        ("The UN agreed.", "Delegates of the United Nations agreed."),
        ("They met the Italian minister.", "They met the minister in Italy."),
        ("They met Mr Ortiz there.", "They met Ana Ortiz there."),
        ("the shop of ana ortiz burned", "The shop of Ana Ortiz burned."),
        ("Yesterday it rained. Nobody minded.", "It rained."),
        ("He said I've had it.", "He was angry."),
        ("It closes at 22:00.", "It closes at ten in the evening."),
        ("It closes at ten.", "It closes at ten in the evening."),
        ("It opens at 7 a.m.", "It opens at 7 o'clock."),
    ],
)
def test_nothing_is_invented(summary, source):
    assert new_in(summary, source) == []


@pytest.mark.parametrize(
    ("summary", "source", "found"),
    [
        ("It cost 6,000 euros.", "It cost 5,000 euros.", ["6,000"]),
        ("It cost 5,400 euros.", "It cost 5,000 euros.", ["5,400"]),
        ("There were 12 of them.", "There were 10 of them.", ["12"]),
        ("It took seven years.", "It took nine years.", ["seven"]),
        ("He left on 28 March.", "He left on 27 March.", ["28 March"]),
        ("It began in 2016.", "It began in 2015.", ["2016"]),
        ("They met Angela Ruiz there.", "They met Ana Ortiz there.", ["Angela Ruiz"]),
        ("It is made in Norway now.", "It is made in Finland now.", ["Norway"]),
        ("It began in 2016. By 2016 it grew.", "It began in 2015.", ["2016"]),
        ("It closes at 10 a.m. now.", "It closes at ten in the evening.", ["10 a.m."]),
    ],
)
def test_what_the_source_does_not_bear_out_is_invented(summary, source, found):
    assert new_in(summary, source) == found


def test_german_nouns_and_headlines_are_no_names():
    german = "Der Hund und die Katze sind nicht auf dem Dach der Schule, das ist ein Gerücht."
    assert [fact for fact in facts_of(read(german)).all if fact.kind == "name"] == []
    assert new_in("Storm Hits Coast, Leaves Thousands Without Power", "It was windy.") == []


def test_any_of_several_sources_bears_a_fact_out():
    assert not invented(read("It took 9 days."), read("It was long."), read("Nine days passed."))


@given(st.integers(min_value=0, max_value=10**12))
def test_a_number_is_the_same_with_and_without_marks(number):
    assert new_in(f"It was {number:,} in all.", f"It was {number} in all.") == []


@given(st.integers(min_value=3, max_value=999), st.integers(min_value=3, max_value=999))
def test_small_numbers_are_the_same_only_when_equal(one, other):
    assert bool(new_in(f"It was {one}.", f"It was {other}.")) == (one != other)
