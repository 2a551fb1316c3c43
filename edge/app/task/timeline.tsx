import * as Tabs from "@radix-ui/react-tabs";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { VList } from "virtua";
import type { TaskView } from "../../../schema/agent/team.ts";
import { ownerTitle, taskFactsRing, taskOver, taskText } from "../live/team-log.ts";
import { useActionPages } from "../live/use-action.ts";
import { useLive, useServerSkew } from "../live/use-live.ts";
import { useTitle } from "../shell/page-title.ts";
import { useScreen } from "../shell/screen.ts";
import { formatCost, formatDay, formatElapsed, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import { useEndlessList } from "../ui/use-endless-list.ts";
import styles from "./task.module.css";
import { TaskPane } from "./task-pane.tsx";
import { listPhases, type Phase, phaseNames, shareOfWindow, windowOf } from "./task-phases.ts";

const spans = [
  { title: "Day", days: 1 },
  { title: "Week", days: 7 },
  { title: "Month", days: 31 },
] as const;

/** All tasks, newest first, with where their time went. */
export function TimelineScreen() {
  const search = useSearch({ from: "/timeline" });
  const begun = useLive(({ view }) => view.begun);
  const { phone } = useScreen();
  const [days, setDays] = useState("1");
  const { query, pages, more } = useActionPages("tasks", { limit: 100 });
  const tasks = pages.flatMap((page) => page.tasks);
  const needs = tasks.filter((task) => task.facts.state === "waiting" && task.facts.asked.length > 0).length;
  useTitle("Timeline");
  const navigate = useNavigate();
  const pane = search.task && (
    <TaskPane
      key={search.task}
      id={search.task}
      view={search.view}
      show={(shown) => void navigate({ to: "/timeline", search: { task: search.task, view: shown } })}
      close={() => void navigate({ to: "/timeline" })}
      back={phone}
    />
  );
  if (phone && pane) return pane;
  return (
    <div className={search.task ? `${styles.tl} ${styles.side}` : styles.tl}>
      <Tabs.Root className="tl-main" value={days} onValueChange={setDays}>
        <div className="bar">
          <h1>Timeline</h1>
          <Tabs.List aria-label="Span" className="tabs">
            {spans.map((span) => (
              <Tabs.Trigger key={span.days} value={String(span.days)}>
                {span.title}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <span className="grow" />
          <span className="s13 sub num t only-d">
            {query.hasNextPage && "Newest "}
            {tasks.length} {tasks.length === 1 ? "task" : "tasks"}, {formatCost(tasks.reduce((sum, task) => sum + task.costMicros, 0))}
            {needs > 0 && (
              <span className="c-wait med">
                , {needs} {needs === 1 ? "needs" : "need"} you
              </span>
            )}
          </span>
        </div>
        <Tabs.Content className={styles.tlPanel} value={days}>
          {query.isError ? (
            <div className="page">
              <Failed error={query.error} retry={query.refetch} className="c-bad" />
            </div>
          ) : tasks.length === 0 ? (
            <div className="page">
              <div className="empty">
                <b className="b">{query.isPending || !begun ? "Reading" : "No tasks yet"}</b>
                <p className="sub">
                  Ask for something larger than an answer: it becomes a plan of tasks, and each stands here with its time, cost and proof.
                </p>
                <Link className="btn" style={{ marginTop: 10 }} to="/">
                  Ask your agent
                </Link>
              </div>
            </div>
          ) : (
            <Gantt tasks={tasks} days={Number(days)} selected={search.task} more={more} />
          )}
        </Tabs.Content>
      </Tabs.Root>
      {pane}
    </div>
  );
}

type GanttProps = { tasks: TaskView[]; days: number; selected: string | undefined; more: () => void };
function Gantt({ tasks, days, selected, more }: GanttProps) {
  const skew = useServerSkew();
  const endless = useEndlessList(
    tasks.map((task) => task.id),
    more,
  );
  const busy = tasks.some((task) => !taskOver(task.facts));
  const now = useClock(busy, 5_000) + skew;
  const window = useMemo(
    () =>
      windowOf(
        tasks.map((task) => task.createdAt),
        now,
        days,
      ),
    [tasks, now, days],
  );
  return (
    <>
      <div className={`${styles.ganttHead} s12 sub num`} aria-hidden="true">
        <span>Task</span>
        <span className={styles.marks}>
          {window.marks.map((mark) => (
            <span key={mark} style={{ left: `${shareOfWindow(mark, window)}%` }}>
              {window.to - window.from > 2 * 86_400_000 ? formatDay(mark) : formatTime(mark)}
            </span>
          ))}
        </span>
        <span className="r">Cost</span>
      </div>
      <VList {...endless} className={styles.gantt} aria-label="Tasks">
        {tasks.map((task) => (
          <TimelineRow
            key={task.id}
            task={task}
            phases={listPhases(task, task.history, now)}
            window={window}
            now={now}
            on={task.id === selected}
          />
        ))}
      </VList>
      <p className={`${styles.lg} s12 sub`} aria-hidden="true">
        {(["plan", "build", "check", "you", "now", "fail"] as const).map((kind) => (
          <span key={kind}>
            <i className={`${styles.ph} ${styles[kind]}`} />
            {phaseNames[kind]}
          </span>
        ))}
        <span className="grow" />
        <span className="num">Now {formatTime(now)}</span>
      </p>
    </>
  );
}

type LineProps = { task: TaskView; phases: Phase[]; window: ReturnType<typeof windowOf>; now: number; on: boolean };
function TimelineRow({ task, phases, window, now, on }: LineProps) {
  const worker = useLive(({ view }) => view.agents.get(task.facts.worker ?? "")?.title);
  const workerTitle = worker ?? ownerTitle(task.owner);
  const words = taskText(task.facts);
  const last = phases.at(-1);
  return (
    <Link
      className={on ? `${styles.gline} on` : styles.gline}
      to="/timeline"
      search={{ task: task.id }}
      aria-current={on ? "true" : undefined}
    >
      <span className={`fx ${styles.gname}`}>
        <Ring state={taskFactsRing(task.facts)} label="" />
        <span className="grow t">
          <b className="med t">{task.title}</b>
          <span className="s12 sub num t">
            <span className={words === "Needs you" ? "c-wait med" : ""}>
              {words}
              {words === "Needs you" && last && `, ${formatElapsed(now - last.from)}`}
            </span>{" "}
            · {task.hold?.text ?? workerTitle}
          </span>
        </span>
      </span>
      <span className={styles.lane} style={{ backgroundSize: `${100 / window.marks.length}% 100%` }}>
        {phases
          .filter((phase) => phase.to >= window.from)
          .map((phase) => (
            <i
              key={`${phase.kind}${phase.from}`}
              className={`${styles.ph} ${styles[phase.kind]}`}
              title={`${phaseNames[phase.kind]} ${formatTime(phase.from)} to ${formatTime(phase.to)}`}
              style={{
                left: `${shareOfWindow(phase.from, window)}%`,
                width: `${Math.max(0.4, shareOfWindow(phase.to, window) - shareOfWindow(phase.from, window))}%`,
              }}
            />
          ))}
        <i className={styles.nowline} style={{ left: `${shareOfWindow(now, window)}%` }} />
      </span>
      <span className="num r">{formatCost(task.costMicros)}</span>
    </Link>
  );
}
