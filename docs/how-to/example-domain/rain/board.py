"""The board of rain."""

from toancanh.screens.boards import Board, Cards, Ranking, Series, register

ALL = ("rain.heavy", "rain.wet_rate")

register(
    Board(
        "rain",
        (
            Cards(ALL),
            Series("Theo ngày", ("rain.heavy",), grain="day", kind="bar"),
            Ranking("Theo đơn vị", ALL, trouble="rain.heavy"),
        ),
    )
)
