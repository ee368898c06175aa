"""Exact arithmetic of the rules: the split of mixed schools, the coefficient of variation, rounding."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import ceil
from typing import NamedTuple

Number = int | Fraction | Decimal

# 小学 : 初中 : 高中 = 1 : 1.1 : 1.32 in whole numbers; 完全中学's 1 : 1.2 is the same 55 : 66.
SPLIT_WEIGHTS = {"primary": 50, "junior": 55, "senior": 66}
JUDGED_DECIMALS = 10
SQUARE_ROOT_DIGITS = 60


class Dispersion(NamedTuple):
    """Mean per pupil, pupil-weighted population variance, its root, and the root over the mean."""

    mean: Fraction
    variance: Fraction
    standard_deviation: Fraction
    cv: Fraction


def split_shares(total: Number, *, primary: int = 0, junior: int = 0, senior: int = 0) -> dict[str, Fraction]:
    """Share a mixed school's total among its levels by weighted pupils (rules §2).

    Returns one share for each of primary, junior, senior, in the unit of `total`; they add up exactly.
    Raises ZeroDivisionError where the school has no pupil at all.
    """
    weighted = {
        "primary": SPLIT_WEIGHTS["primary"] * primary,
        "junior": SPLIT_WEIGHTS["junior"] * junior,
        "senior": SPLIT_WEIGHTS["senior"] * senior,
    }
    return {level: Fraction(total) * Fraction(part, sum(weighted.values())) for level, part in weighted.items()}


def dispersion(numerators: Sequence[Number], pupils: Sequence[int]) -> Dispersion:
    """Mean, variance, standard deviation and CV of one indicator at one level (rules §2).

    `numerators[i]` is the resource of section i, `pupils[i]` its pupils. Mean and variance are exact, the
    root is good to 60 digits. Raises ZeroDivisionError where there are no pupils or the mean is nought.
    """
    everyone = sum(pupils)
    mean = Fraction(sum((Fraction(numerator) for numerator in numerators), Fraction(0)), everyone)
    variance = (
        sum(
            (
                count * (Fraction(numerator) / count - mean) ** 2
                for numerator, count in zip(numerators, pupils, strict=True)
            ),
            Fraction(0),
        )
        / everyone
    )
    deviation = square_root(variance)
    return Dispersion(mean, variance, deviation, deviation / mean)


def coefficient_of_variation(numerators: Sequence[Number], pupils: Sequence[int]) -> Fraction:
    """差异系数: population form, weighted by pupils. See `dispersion`."""
    return dispersion(numerators, pupils).cv


def square_root(number: Fraction) -> Fraction:
    """The root of a non-negative fraction, to 60 significant digits."""
    with localcontext() as context:
        context.prec = SQUARE_ROOT_DIGITS
        return Fraction((Decimal(number.numerator) / Decimal(number.denominator)).sqrt())


def judged(number: Fraction) -> Fraction:
    """The figure a limit is held against: rounded to 10 decimals (rules §2)."""
    return round(number, JUDGED_DECIMALS)


def whole(number: Fraction) -> Fraction:
    """A shortfall in teachers, rooms, classes or pupils: rounded up to whole ones."""
    return Fraction(ceil(number))


def hundredths(number: Fraction) -> Fraction:
    """A shortfall in ㎡ or 元: rounded up to 0.01."""
    return Fraction(ceil(number * 100), 100)


def printed(number: Fraction, decimals: int) -> str:
    """四舍五入 to `decimals` places, trailing zeros dropped: 1.50 prints as 1.5, 2084.0 as 2084."""
    with localcontext() as context:
        context.prec = SQUARE_ROOT_DIGITS
        quotient = Decimal(number.numerator) / Decimal(number.denominator)
        text = format(quotient.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
