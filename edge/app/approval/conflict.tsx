import { Lines } from "../git/diff.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { plainWords } from "../ui/plain-words.ts";
import { type ConflictOf, sideLines, sides, sideTitle } from "./conflict-sides.ts";
import type { Answering } from "./use-answer.ts";

/** A place of a merge as each side would leave it, with the lines around it and who made it. */
export function Conflict({ conflict }: { conflict: ConflictOf }) {
  const where = conflict.place && conflict.places && conflict.places > 1 ? `, place ${conflict.place} of ${conflict.places}` : "";
  return (
    <div className="sides">
      {sides.map((side) => (
        <div key={side} className="diff exactly">
          <header>
            <span className="grow">
              <b className="med">On {sideTitle(conflict, side)}</b>{" "}
              <span className="s12 sub">{conflict[side].by ?? plainWords(conflict[side].branch)}</span>
            </span>
            <CopyButton text={conflict[side].content} label={`Copy this side of ${conflict.path}`} />
          </header>
          <Lines lines={sideLines(conflict, side)} label={`${conflict.path}${where}, on ${sideTitle(conflict, side)}`} />
        </div>
      ))}
    </div>
  );
}
/** A side is taken as it is by one press; what else should stand there is written below. */
export function Sides({ conflict, answer }: { conflict: ConflictOf; answer: Answering }) {
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
          Take {sideTitle(conflict, side)}
        </button>
      ))}
    </div>
  );
}
