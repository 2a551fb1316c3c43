import { DiffLines } from "../git/diff.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { hideIds } from "../ui/plain-words.ts";
import styles from "./approval-card.module.css";
import { type ConflictOf, conflictSides, listSideLines, titleSide } from "./conflict-sides.ts";
import type { Answering } from "./use-answer.ts";

/** A conflict of a merge: both sides with the lines around them, and who wrote each. */
export function Conflict({ conflict }: { conflict: ConflictOf }) {
  const where = conflict.place && conflict.places && conflict.places > 1 ? `, place ${conflict.place} of ${conflict.places}` : "";
  return (
    <div className={styles.sides}>
      {conflictSides.map((side) => (
        <div key={side} className={`diff ${styles.exactly}`}>
          <header>
            <span className="grow">
              <b className="med">On {titleSide(conflict, side)}</b>{" "}
              <span className="s12 sub">{conflict[side].by ?? hideIds(conflict[side].branch)}</span>
            </span>
            <CopyButton text={conflict[side].content} label={`Copy this side of ${conflict.path}`} />
          </header>
          <DiffLines lines={listSideLines(conflict, side)} label={`${conflict.path}${where}, on ${titleSide(conflict, side)}`} />
        </div>
      ))}
    </div>
  );
}
/** Takes a side as it is by one press. A field below takes other text. */
export function ConflictSideButtons({ conflict, answer }: { conflict: ConflictOf; answer: Answering }) {
  return (
    <div className="acts">
      {conflictSides.map((side) => (
        <button
          key={side}
          type="button"
          className="btn"
          aria-disabled={answer.blocked}
          onClick={() => !answer.blocked && answer.take(side)}
        >
          Take {titleSide(conflict, side)}
        </button>
      ))}
    </div>
  );
}
