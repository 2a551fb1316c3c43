/** `npm test -- --all`, and `--long` with it. */
export const every = process.env.GROWQR_EVERY === "1";
/**
 * `npm test -- --long` repeats what chance decides: properties many times over, each fault several rounds.
 */
export const long = process.env.GROWQR_LONG === "1";
/** Numbers of the rounds, from 1. */
export const rounds = Array.from({ length: long ? 10 : 1 }, (_, index) => index + 1);
/** How often what chance decides is tried: `few` times by default, `all` in `--all`. */
export const times = ({ few, all, long: most = all }: { few: number; all: number; long?: number }): number =>
  long ? most : every ? all : few;
/**
 * Each item in `--all`; by default one in `share`, begun at another place for each `turn`. So where several
 * tests with turns of their own go through a list, each of its items is tried by some of them.
 */
export const someOf = <T>(items: readonly T[], turn: number, share = 3): readonly T[] =>
  every ? items : items.filter((_, at) => at % share === turn % share);
/** A test for a desk and for a phone: both in `--all`, by default the one whose turn it is. */
export const screens = (turn: number) => someOf(["desktop", "phone"] as const, turn, 2);
