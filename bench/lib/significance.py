"""Is it a difference, or the machine's mood? The test of Mann and Whitney, exact, also with ties.

H. B. Mann, D. R. Whitney: On a test of whether one of two random variables is stochastically larger than the other. Annals of
Mathematical Statistics 18 (1947). It asks only how the two samples are mixed when they are put in order, so it does not mind the few runs that take
three times as long as the others. The distribution of the sum of ranks, given the ties, is counted and not approximated, by the shift
algorithm of B. Streitberg and J. Röhmel: Exact distributions for permutation and rank tests, Statistical Software Newsletter 12 (1986).
"""


def _double_ranks(values):
    """Twice the mean rank of each value, which is a whole number."""
    order = sorted(values)
    first, last = {}, {}
    for place, value in enumerate(order, 1):
        first.setdefault(value, place)
        last[value] = place
    return [first[value] + last[value] for value in values]


def larger(a, b):
    """The probability that chance alone orders two samples of these sizes so that `a` looks at least as large against `b` as it does."""
    if not a or not b:
        return 1.0
    ranks = _double_ranks(list(a) + list(b))
    seen = sum(ranks[: len(a)])
    # ways[k] = {sum: number of ways to choose k of the ranks with that sum}
    ways = [{} for _ in range(len(a) + 1)]
    ways[0][0] = 1
    for rank in ranks:
        for k in range(len(a) - 1, -1, -1):
            for total, count in ways[k].items():
                ways[k + 1][total + rank] = ways[k + 1].get(total + rank, 0) + count
    everything = sum(ways[-1].values())
    return sum(count for total, count in ways[-1].items() if total >= seen) / everything


def differs(a, b):
    """The same for either direction."""
    return min(1.0, 2 * min(larger(a, b), larger(b, a)))


def least(n, m):
    """The smallest value that `differs` can have for samples of these sizes without ties: below it nothing can be shown."""
    ways = 1
    for k in range(1, n + 1):
        ways = ways * (m + k) // k
    return min(1.0, 2 / ways)
