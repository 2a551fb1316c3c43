const daySeconds = 86_400;

/** How long a token may live, in seconds, with words for each. */
export const tokenLives = ({ usual, most }: { usual: number; most: number }) =>
  [
    [daySeconds, "One day"],
    [30 * daySeconds, "30 days"],
    [usual, "90 days"],
    [most, "One year"],
  ] as const;
