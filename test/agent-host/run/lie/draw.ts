import fc from "fast-check";
import type { Base } from "./bases.ts";
import { honestWays } from "./honest.ts";
import { type Dice, type LieKind, lieKinds, type Operator } from "./lie.ts";
import { operators } from "./operators.ts";

export type Drawn = { kind: LieKind | "honest"; name: string; base: Base; tell: Operator["tell"]; dice: Dice };

/**
 * Work of each kind on these bases, a quarter of it honest: the same for the same seed. No kind is drawn
 * oftener than another while it has some left, and no operator twice before each of its kind was drawn.
 */
export function drawWork(bases: readonly Base[], seed: number, count: number): Drawn[] {
  const honest = Math.round(count / 4);
  const kinds = [["honest", honestWays] as const, ...lieKinds.map((kind) => [kind, operators[kind]] as const)];
  const [queues] = fc.sample(fc.tuple(...kinds.map(([kind, all]) => queueOf(bases, kind, all))), { seed, numRuns: 1 });
  const [ways = [], ...lies] = queues ?? [];
  const turns = lies.flatMap((queue) => queue.map((each, turn) => ({ each, turn })));
  const inTurn = turns.sort((a, b) => a.turn - b.turn).map(({ each }) => each);
  return [...ways.slice(0, honest), ...inTurn.slice(0, count - honest)];
}
/** All of a kind, in an order by chance. */
function queueOf(bases: readonly Base[], kind: Drawn["kind"], all: readonly Operator[]): fc.Arbitrary<Drawn[]> {
  const pairs = all.flatMap(({ name, tell, ...operator }) =>
    bases.filter((base) => operator.bases.includes(base.name)).map((base) => ({ kind, name, base, tell })),
  );
  const dice = fc.record({ word: fc.stringMatching(/^[a-z]{6,10}$/).map((word) => `x${word}`), at: fc.nat(1_000) });
  const every = { minLength: pairs.length, maxLength: pairs.length };
  return fc
    .tuple(fc.shuffledSubarray(pairs, every), fc.array(dice, every))
    .map(([shuffled, thrown]) => shuffled.map((pair, at) => ({ ...pair, dice: thrown[at]! })))
    .map((queue) => {
      const seen = new Map<string, number>();
      const turns = queue.map((each) => {
        const turn = seen.get(each.name) ?? 0;
        seen.set(each.name, turn + 1);
        return { each, turn };
      });
      return turns.sort((a, b) => a.turn - b.turn).map(({ each }) => each);
    });
}
