"""766/QĐ-TTg (23/6/2022): how a rate becomes points, and what is known of each criterion, beside our data.

The table is written by hand from the public description of the formulas; what it does not say stays unsaid here.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.indicators import scoreset, scoring

# Code, threshold in percent, points, how sure the points are; the formulas themselves are copied, none was read.
TABLE = [
    ("1.1", None, 4, "unverified"),
    ("1.2", None, 4, "excerpt"),
    ("1.3", None, 4, "unverified"),
    ("1.4", None, 6, "unverified"),
    ("2.1", None, 20, "excerpt"),
    ("2.2", None, 0, "copied"),
    ("3.1", 80, None, "not_found"),
    ("3.2", None, None, "not_found"),
    ("3.3", 50, None, "not_found"),
    ("3.5", 80, None, "not_found"),
    ("3.6", None, None, "not_found"),
    ("4.1", None, None, "not_found"),
    ("4.2", 80, None, "not_found"),
    ("4.3", 80, None, "not_found"),
    ("4.4", None, None, "not_found"),
    ("4.5", None, None, "not_found"),
    ("5.1", None, 0, "copied"),
    ("5.2", None, 6, "unverified"),
    ("5.3", None, 6, "unverified"),
    ("5.4", 90, 6, "excerpt"),
]
GROUPS = {
    "Công khai, minh bạch": (18, "1"),
    "Tiến độ, kết quả giải quyết": (20, "2"),
    "Số hóa hồ sơ": (22, "4"),
    "Cung cấp dịch vụ trực tuyến": (22, "3"),
    "Mức độ hài lòng": (18, "5"),
}


@pytest.fixture
def index():
    (found,) = (each for each in scoreset.shipped() if each.code == "766")
    return found


def test_every_criterion_is_in_the_data_with_its_certainty(index):
    told = [(c.code, c.threshold, c.points, c.points_certainty) for c in index.criteria]
    assert sorted(told) == TABLE
    assert {each.certainty for each in index.criteria} == {"copied"}
    assert {each.threshold_certainty for each in index.criteria if each.threshold} == {"copied"}


def test_the_groups_have_their_points_and_come_to_a_hundred(index):
    assert {g.name.vi: (g.points, "".join({c.code[0] for c in g.criteria})) for g in index.groups} == GROUPS
    assert {group.certainty for group in index.groups} == {"excerpt"}
    assert index.points == 100


def test_the_two_groups_that_the_portal_shows_for_online_services_are_unverified(index):
    online = next(group for group in index.groups if group.code == "online")
    assert [(s.name.vi, s.points, s.certainty) for s in online.sections] == [
        ("Dịch vụ công trực tuyến", 12, "unverified"),
        ("Thanh toán trực tuyến", 10, "unverified"),
    ]
    assert sum(section.points for section in online.sections) == online.points
    assert {code for section in online.sections for code in section.criteria} == {c.code for c in online.criteria}


def test_it_is_in_force_since_august_2022(index):
    assert (index.valid_from.isoformat(), index.valid_to, index.document) == (
        "2022-08-01",
        None,
        "766/QĐ-TTg (23/6/2022)",
    )


@pytest.mark.parametrize(
    ("total", "name"),
    [(100, "Xuất sắc"), (90, "Xuất sắc"), (89.99, "Tốt"), (83.8, "Tốt"), (80, "Tốt"), (79.99, "Khá"), (70, "Khá"),
     (69.99, "Trung bình"), (50, "Trung bình"), (49.99, "Yếu"), (0, "Yếu")],
)  # fmt: skip
def test_a_total_is_called_as_provinces_call_it_which_is_unverified(index, total, name):
    assert index.grade(total).name.vi == name
    assert index.grades_certainty == "unverified"


@pytest.mark.parametrize(
    ("part", "whole", "most", "threshold", "expected"),
    [
        (9599, 10_000, 20, None, 19.2),  # 19.198
        (1, 1, 20, None, 20),
        (0, 7, 20, None, 0),
        (80, 100, 12, 80, 12),  # the threshold itself is reached
        (79, 100, 12, 80, 11.85),
        (40, 100, 12, 80, 6),  # half of the threshold is half of the points
        (81, 100, 12, 80, 12),  # more than enough is no more points
        (1, 3, 4, 50, 2.67),  # 2.666…
        (2, 3, 4, 90, 2.96),  # 2.962…
        (1, 8, 1, None, 0.13),  # 0.125 is rounded up
        (3, 8, 1, None, 0.38),  # 0.375 as well, not to the even digit
        (201, 200, 6, None, 6),  # no more than there is
        (0, 0, 20, None, None),  # a whole of nothing is no zero
    ],
)
def test_a_rate_is_worth_all_points_from_its_threshold_on_and_less_below(part, whole, most, threshold, expected):
    assert scoring.points(part, whole, most, threshold) == expected


COUNTS = st.integers(0, 10**7)
MOST = st.sampled_from([4, 6, 10, 12, 20, 22, 2.5])
THRESHOLD = st.sampled_from([None, 50, 80, 90, 100, 33.3])


@given(COUNTS, st.integers(1, 10**7), MOST, THRESHOLD)
def test_points_lie_between_none_and_all(part, whole, most, threshold):
    assert 0 <= scoring.points(part, whole, most, threshold) <= most


@given(COUNTS, COUNTS, st.integers(1, 10**7), MOST, THRESHOLD)
def test_a_higher_rate_is_worth_no_less(one, other, whole, most, threshold):
    low, high = sorted((one, other))
    assert scoring.points(low, whole, most, threshold) <= scoring.points(high, whole, most, threshold)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(2, 9), MOST, THRESHOLD)
def test_a_rate_is_worth_the_same_however_many_there_are(part, whole, times, most, threshold):
    assert scoring.points(part * times, whole * times, most, threshold) == scoring.points(part, whole, most, threshold)
