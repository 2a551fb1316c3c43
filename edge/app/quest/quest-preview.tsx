import type { z } from "zod";
import type { questPreviewOut } from "../../../schema/quest/quest-api.ts";
import { ownerTitle } from "../live/team-log.ts";
import { formatCost, formatDuration } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import styles from "./quests.module.css";

/** What a quest would do with the values so far. */
export type Previewed = z.infer<typeof questPreviewOut>;

export function QuestTouches({ preview }: { preview: Previewed }) {
  const { preview: known } = preview;
  const lists: [string, readonly string[]][] = [
    ["Projects", known?.projects ?? []],
    ["Files it brings", known?.outputs ?? []],
    ["Commands in a clean room", known?.commands ?? []],
    ["Notes in your memory", known?.memory ?? []],
  ];
  return (
    <div className="sec">
      <h2>What it may touch</h2>
      <ul className={`s13 ${styles.touches}`}>
        {(known ?? preview.package).touches.map((touch) => (
          <li key={touch}>{touch.charAt(0).toUpperCase() + touch.slice(1)}</li>
        ))}
      </ul>
      {lists
        .filter(([, list]) => list.length > 0)
        .map(([title, list]) => (
          <details key={title} className="s13">
            <summary>
              {title} <span className="sub num">{list.length}</span>
            </summary>
            <ul>
              {list.map((text) => (
                <li key={text}>
                  <code>{text}</code>
                </li>
              ))}
            </ul>
          </details>
        ))}
    </div>
  );
}

export function QuestEstimate({ preview }: { preview: Previewed }) {
  if (!preview.preview)
    return (
      <div className="sec">
        <h2>Estimate</h2>
        <p className="s13 sub">Comes when the fields above are filled in.</p>
      </div>
    );
  const { estimate, budgetMicros } = preview.preview;
  const minutes = (n: number) => formatDuration(n * 60_000);
  return (
    <div className="sec">
      <h2>Estimate</h2>
      <dl className="facts3">
        <div>
          <dt>Time</dt>
          <dd>
            {minutes(estimate.minutes.expected)} to {minutes(estimate.minutes.most)}
          </dd>
        </div>
        <div>
          <dt>Cost</dt>
          <dd>
            {formatCost(estimate.costMicros.expected)} to {formatCost(estimate.costMicros.most)}
          </dd>
        </div>
        <div>
          <dt>Never more than</dt>
          <dd>{budgetMicros === null ? "–" : formatCost(budgetMicros)}</dd>
        </div>
      </dl>
    </div>
  );
}

export function QuestPreviewSteps({ preview }: { preview: Previewed }) {
  const steps = preview.preview?.steps ?? preview.package.steps;
  return (
    <div className="sec">
      <h2>Steps</h2>
      <ol className="steps s13">
        {steps.map((step) => (
          <li key={step.id}>
            <Ring state="idle" label="" />
            <span>{step.title}</span>
            <span className="s12 sub num">
              {ownerTitle(step.owner)}
              {step.repeats > 1 && `, ${step.repeats} times`}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
