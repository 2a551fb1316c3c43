import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { z } from "zod";
import type { questDetail } from "../../../schema/quest/quest-api.ts";
import { WaitingQuestion } from "../approval/waiting-question.tsx";
import { ownerTitle, type TaskLine, taskRing, taskText, titleOfId } from "../live/team-log.ts";
import { useAction, useActionQuery } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { afterPress } from "../ui/after-press.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Ring, type RingState, Segments } from "../ui/ring.tsx";
import { describeQuest, describeQuestAct, isQuestOver, listQuestActs, type QuestAct } from "./quest-form.ts";
import styles from "./quests.module.css";

type Detail = z.infer<typeof questDetail>;
type QuestStep = Detail["steps"][number];

/** A quest that was proposed or started: its steps, their proof, and its actions. */
export function QuestPane({ id }: { id: string }) {
  const query = useActionQuery("quest", { questId: id });
  if (!query.data)
    return (
      <div className="sec">{query.isError ? <Failed error={query.error} retry={query.refetch} /> : <p className="sub s13">Reading</p>}</div>
    );
  const { quest, steps } = query.data;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className="scroll" tabIndex={0} aria-label="About this quest">
      <Head quest={quest} />
      <div className="sec">
        <h2>Steps</h2>
        <ol className="steps s13">
          {steps.map((step) => (
            <QuestStepRow key={step.step} step={step} />
          ))}
        </ol>
        {Object.keys(quest.skipped).length > 0 && (
          <p className="s12 sub num">
            Left out:{" "}
            {Object.entries(quest.skipped)
              .map(([step, times]) => `${steps.find((each) => each.step === step)?.title ?? titleOfId(step)} (${times.join(", ")})`)
              .join("; ")}
          </p>
        )}
      </div>
      <div className="sec">
        <h2>What you filled in</h2>
        <dl className="kv s13">
          {Object.entries(quest.values).map(([name, value]) => (
            <div key={name} className={styles.kvRow}>
              <dt>{titleOfId(name)}</dt>
              <dd>{String(value)}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="sec">
        <h2>What it may touch</h2>
        <ul className={`s13 ${styles.touches}`}>
          {quest.touches.map((touch) => (
            <li key={touch}>{touch}</li>
          ))}
        </ul>
      </div>
      <p className="sec s12 sub num">
        {quest.plan && (
          <>
            <Link className="link" to="/plan/$id" params={{ id: quest.plan }}>
              Its plan
            </Link>
            {" · "}
          </>
        )}
        <Link className="link" to="/memories" search={{ path: `quests/${quest.id}/quest.yaml` }}>
          Open its file
        </Link>
        {" · "}version {quest.version}, since {formatDay(quest.startedAt)} {formatTime(quest.startedAt)}
      </p>
    </section>
  );
}

function Head({ quest }: { quest: Detail["quest"] }) {
  const { ring, text, works } = describeQuest(quest);
  return (
    <div className="sec">
      <div className="fx" style={{ gap: 12 }}>
        <Segments steps={Math.max(1, Math.min(24, quest.of))} done={quest.proven} working={works} counts />
        <div className="grow">
          <p className="b fx">
            <Ring state={ring} size={12} label="" /> {text}
          </p>
          <p className="s12 sub num" role="status">
            {quest.proven} of {quest.of} steps proven
            {quest.nextAt !== null && !isQuestOver(quest.state) && `, the next comes on ${formatDay(quest.nextAt)}`}
          </p>
        </div>
      </div>
      <QuestActs id={quest.id} state={quest.state} />
    </div>
  );
}

/** A quest's actions. Ending it for good takes a second press. */
export function QuestActs({ id, state }: Pick<Detail["quest"], "id" | "state">) {
  const act = useAction("questAct");
  const [sure, setSure] = useState(false);
  const acts = listQuestActs(state);
  if (acts.length === 0) return null;
  const press = (choice: QuestAct) => {
    if (act.isPending) return;
    if (choice === "cancel" && state !== "ready" && !sure) return setSure(true);
    setSure(false);
    act.mutate({ questId: id, act: choice });
  };
  return (
    <>
      <div className="acts">
        {acts.map((choice) => (
          <button
            key={choice}
            type="button"
            className={choice === "start" ? "btn pri" : choice === "cancel" && sure ? "btn bad" : "btn"}
            aria-disabled={act.isPending}
            onClick={() => press(choice)}
            onBlur={() => choice === "cancel" && afterPress(() => setSure(false))}
          >
            {choice === "cancel" && sure ? "Really stop it" : describeQuestAct(choice, state)}
          </button>
        ))}
      </div>
      {act.isError && (
        <p className="s13 c-bad" role="alert">
          <Refusal error={act.error}> The quest is as it was.</Refusal>
        </p>
      )}
    </>
  );
}

const onlineWords = {
  serves: ["Online", "done"],
  asked: ["Waits for your yes to go online", "waiting"],
  waits: ["Not online yet", "complete"],
  declined: ["Not online", "cancelled"],
} as const;
/** A step's state in words, and as a ring. One that is verified and goes online has that of its address. */
function describeStep(step: QuestStep, line: TaskLine | undefined): { words: string; ring: RingState } {
  const last = step.tasks.at(-1);
  if (!last) return { words: "Not begun", ring: "idle" };
  const isVerified = last.state === "verified" || last.state === "deployed";
  if (isVerified && last.online) {
    const [words, ring] = onlineWords[last.online];
    return { words, ring };
  }
  if (line?.facts) return { words: taskText(line.facts), ring: taskRing(line) };
  return { words: last.state.replaceAll("_", " "), ring: isVerified ? "done" : last.state === "failed" ? "failed" : "idle" };
}
function QuestStepRow({ step }: { step: QuestStep }) {
  const last = step.tasks.at(-1);
  const line = useLive(({ view }) => (last ? view.tasks.get(last.task) : undefined));
  const { words, ring } = describeStep(step, line);
  const live = line?.facts?.state === "in_progress" ? line.progress?.text : line?.hold;
  return (
    <li>
      <Ring state={ring} label={words} />
      <div>
        {last ? (
          <Link className="med" to="/timeline" search={{ task: last.task }}>
            {step.title}
          </Link>
        ) : (
          <span className="med">{step.title}</span>
        )}
        <p className="s12 sub num">
          {ownerTitle(step.owner)} · <span className={words === "Needs you" ? "c-wait med" : ""}>{words}</span>
          {step.repeats > 1 && `, ${step.tasks.length} of ${step.repeats} times`}
        </p>
        {live && <p className="s12 sub">{live}</p>}
        {line?.facts?.state === "waiting" &&
          line.facts.asked.map((id) => (
            <p key={id} className="fx s13">
              <WaitingQuestion id={id} />
            </p>
          ))}
        {step.tasks.map(
          (task) =>
            task.receipt && (
              <p key={task.task} className="s12 num">
                <Link className="link" to="/receipt/$id" params={{ id: task.receipt.id }}>
                  Receipt{task.n !== undefined && ` ${task.n}`}
                </Link>
              </p>
            ),
        )}
      </div>
      <span />
    </li>
  );
}
