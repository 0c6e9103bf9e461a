"""What a customer sees of the own money: accounts, payees, pots, statements, the own switch."""
