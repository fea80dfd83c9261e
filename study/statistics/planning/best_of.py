"""Compute how much a choice of the best of several pictures tells beside a vote on a pair."""


def gain_of_best(pictures: int) -> float:
    """Return how many votes on pairs a choice of the best of so many pictures is worth: 2 (n - 1) / n.

    For equal worths and Luce's rule, the information of a choice is diag(p) - pp' with p = 1/n (McFadden, in
    Frontiers in Econometrics, 1974): 1/n² for each of its n (n - 1) / 2 pairs. That of a vote on a pair is
    1/4. Raises ValueError for fewer than two pictures.
    """
    if pictures < 2:
        raise ValueError("a choice needs at least two pictures")
    return 2 * (pictures - 1) / pictures
