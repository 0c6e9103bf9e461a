"""Between regimes: compared, harmonised, proved, tried on payments, explained."""
