"""Rules of a way and a day, compiled: to decide one act, or a column of them."""
