import { Lines } from "../git/diff.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { plainWords } from "../ui/plain-words.ts";
import styles from "./approval-card.module.css";
import { type ConflictOf, sideLines, sides, sideTitle } from "./conflict-sides.ts";
import type { Answering } from "./use-answer.ts";

/** A place of a merge as each side would leave it, with the lines around it and who made it. */
export function Conflict({ of }: { of: ConflictOf }) {
  const where = of.place && of.places && of.places > 1 ? `, place ${of.place} of ${of.places}` : "";
  return (
    <div className={styles.sides}>
      {sides.map((side) => (
        <div key={side} className={`diff ${styles.exactly}`}>
          <header>
            <span className="grow">
              <b className="med">On {sideTitle(of, side)}</b> <span className="s12 sub">{of[side].by ?? plainWords(of[side].branch)}</span>
            </span>
            <CopyButton text={of[side].content} label={`Copy this side of ${of.path}`} />
          </header>
          <Lines lines={sideLines(of, side)} label={`${of.path}${where}, on ${sideTitle(of, side)}`} />
        </div>
      ))}
    </div>
  );
}
/** A side is taken as it is by one press; what else should stand there is written below. */
export function Sides({ of, answer }: { of: ConflictOf; answer: Answering }) {
  return (
    <div className="acts">
      {sides.map((side) => (
        <button
          key={side}
          type="button"
          className="btn"
          aria-disabled={answer.blocked}
          onClick={() => !answer.blocked && answer.take(side)}
        >
          Take {sideTitle(of, side)}
        </button>
      ))}
    </div>
  );
}
