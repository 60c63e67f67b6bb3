"""The soak's judgement of growth finds growth, and nothing where there is none."""

import growth


def series(values):
    result = growth.Series()
    for at_s, value in enumerate(values):
        result.add(at_s, value)
    return result


def test_a_steady_climb_is_found_whole():
    climb = series(range(0, 2000, 2))
    assert round(climb.growth()) == 998 and climb.growth_at_rest() > 700


def test_what_grew_in_the_first_half_only_does_not_count():
    filled = series([*range(500), *[500] * 500])
    assert round(filled.growth()) == 0 and filled.growth_at_rest() == 0


def test_what_comes_and_goes_is_no_growth_at_rest():
    assert series([20 + 300 * (i % 7 == 0) for i in range(1000)]).growth_at_rest() == 0


def test_a_file_that_is_lost_in_each_window_is_found():
    assert series([20 + i // 100 + 300 * (i % 7 == 0) for i in range(1000)]).growth_at_rest() == 3
