"""What counts as near a line on the overview. Display settings, not limits of the rule: nothing is judged by them."""

# A section's value this close to its standard or floor, as a share of that line.
NEAR_SHARE = 0.02
# A coefficient of variation this close to its limit, in either direction.
NEAR_COEFFICIENT = 0.005
