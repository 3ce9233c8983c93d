"""Quantiles and tails of the normal, t, chi-squared and fair binomial distributions; scipy is loaded when the
first is asked for.

A table of regressions needs none of them, and importing `scipy.special` is a quarter of a second at the start
of every process.
"""

from __future__ import annotations


def normal_quantile(confidence: float) -> float:
    """Return z with P(|Z| <= z) = confidence for a standard normal Z."""
    return normal_point(0.5 + confidence / 2)


def normal_point(below: float) -> float:
    """Return z with P(Z <= z) = below for a standard normal Z."""
    from scipy import special

    return float(special.ndtri(below))


def normal_below(z: float) -> float:
    """Return P(Z <= z) for a standard normal Z."""
    from scipy import special

    return float(special.ndtr(z))


def normal_p(z: float) -> float:
    """Return P(|Z| >= |z|) for a standard normal Z."""
    from scipy import special

    return float(2 * special.ndtr(-abs(z)))


def t_quantile(confidence: float, freedom: float) -> float:
    """Return t with P(|T| <= t) = confidence for Student's T with `freedom` degrees of freedom."""
    from scipy import special

    return float(special.stdtrit(freedom, 0.5 + confidence / 2))


def t_point(below: float, freedom: float) -> float:
    """Return t with P(T <= t) = below for Student's T with `freedom` degrees of freedom."""
    from scipy import special

    return float(special.stdtrit(freedom, below))


def t_detectable(confidence: float, freedom: float, power: float) -> float:
    """Return the noncentrality with which |T| is beyond its critical value in a share `power` of samples (the
    far tail left aside).
    """
    from scipy import special

    return float(special.nctdtrinc(freedom, 1 - power, t_quantile(confidence, freedom)))


def t_p(t: float, freedom: float) -> float:
    """Return P(|T| >= |t|) for Student's T with `freedom` degrees of freedom."""
    from scipy import special

    return float(2 * special.stdtr(freedom, -abs(t)))


def beta_point(below: float, first: float, second: float) -> float:
    """Return x with P(X <= x) = below for a beta variable."""
    from scipy import special

    return float(special.betaincinv(first, second, below))


def chi2_p(statistic: float, freedom: int) -> float:
    """Return P(X >= statistic) for a chi-squared X."""
    from scipy import special

    return float(special.chdtrc(freedom, statistic))


def fair_binomial_below(most: int, trials: int) -> float:
    """Return P(X <= most) for X ~ Binomial(trials, 1/2).

    By the incomplete beta function: `bdtr` loses digits from a million trials on.
    """
    from scipy import special

    if most < 0:
        return 0.0
    return float(special.betainc(trials - most, most + 1, 0.5)) if most < trials else 1.0
