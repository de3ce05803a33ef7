"""Units: who, where, when. Units over time, the working calendar, periods."""
