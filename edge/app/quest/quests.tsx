import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, GitBranch, X } from "lucide-react";
import { useId } from "react";
import { z } from "zod";
import type { QuestView, questPackage } from "../../../schema/quest/quest-api.ts";
import { titleOfId } from "../live/team-log.ts";
import { useActionPages, useActionQuery } from "../live/use-action.ts";
import { useTitle } from "../shell/page-title.ts";
import { useScreen } from "../shell/screen.ts";
import { readInput, useForm } from "../ui/form/use-form.ts";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { describeQuest, isQuestOver } from "./quest-form.ts";
import { QuestLaunch } from "./quest-launch.tsx";
import { QuestPane } from "./quest-pane.tsx";
import styles from "./quests.module.css";

/** Quests: what can be started, what runs, what has ended. */
export function Quests() {
  const { tab = "library", pick, id } = useSearch({ from: "/quest" });
  const { phone } = useScreen();
  const library = useActionQuery("questLibrary", {});
  const { query, pages, more } = useActionPages("quests", { limit: 50 });
  const quests = pages.flatMap((page) => page.quests);
  const running = quests.filter((quest) => !isQuestOver(quest.state));
  const finished = quests.filter((quest) => isQuestOver(quest.state));
  useTitle("Quests");
  const packages = library.data?.quests ?? [];
  const open = id !== undefined || (tab === "library" && pick !== undefined);
  const title = id
    ? (quests.find((quest) => quest.id === id)?.title ?? "Quest")
    : (packages.find((known) => known.id === pick)?.title ?? "A quest of your own");
  const side = open && (
    <QuestSide key={id ?? pick} title={title} tab={tab} whole={phone}>
      {id ? <QuestPane id={id} /> : pick !== undefined && <QuestLaunch quest={pick} />}
    </QuestSide>
  );
  const tabs = [
    { id: "library", title: "Library", n: packages.length },
    { id: "running", title: "Running", n: running.length },
    { id: "finished", title: "Finished", n: finished.length },
  ] as const;
  return (
    <div className={open ? `${styles.qs} ${styles.side}` : styles.qs}>
      <div className="tl-main" hidden={phone && open}>
        <div className="bar">
          <h1>Quests</h1>
          <nav aria-label="Views" className="tabs">
            {tabs.map((view) => (
              <Link key={view.id} to="/quest" search={{ tab: view.id }} aria-current={tab === view.id ? "page" : undefined}>
                {view.title}{" "}
                {view.n > 0 && (
                  <span className="sub num">
                    {view.n}
                    {view.id !== "library" && query.hasNextPage && "+"}
                  </span>
                )}
              </Link>
            ))}
          </nav>
        </div>
        <ScrollPage label="Quests">
          {tab === "library" ? (
            <Library
              packages={packages}
              pick={pick}
              error={library.error}
              retry={() => void library.refetch()}
              pending={library.isPending}
            />
          ) : (
            <Started
              quests={tab === "running" ? running : finished}
              tab={tab}
              id={id}
              error={query.error}
              retry={() => void query.refetch()}
              pending={query.isPending}
              more={query.hasNextPage ? more : undefined}
            />
          )}
        </ScrollPage>
      </div>
      {side}
    </div>
  );
}

type Tab = "library" | "running" | "finished";
function QuestSide({ title, tab, whole, children }: { title: string; tab: Tab; whole: boolean; children: React.ReactNode }) {
  return (
    <aside className={whole ? `panel whole-page ${styles.qpane}` : `panel ${styles.qpane}`} aria-label={title}>
      <div className="bar">
        {whole && (
          <Link to="/quest" search={{ tab }} className="ib" aria-label="Back to quests">
            <ArrowLeft className="i s20" aria-hidden="true" />
          </Link>
        )}
        {whole ? <h1 className="grow t">{title}</h1> : <h2 className="grow t">{title}</h2>}
        {!whole && (
          <Link to="/quest" search={{ tab }} className="ib" aria-label="Close the quest">
            <X className="i" aria-hidden="true" />
          </Link>
        )}
      </div>
      {children}
    </aside>
  );
}

type Package = z.infer<typeof questPackage>;
type LibraryProps = { packages: readonly Package[]; pick: string | undefined; error: unknown; retry: () => void; pending: boolean };
function Library({ packages, pick, error, retry, pending }: LibraryProps) {
  return (
    <>
      <QuestTrouble error={error} retry={retry} />
      {pending && !error && <p className="sub s13">Reading</p>}
      <div className={styles.qgrid}>
        {packages.map((quest) => (
          <Card key={quest.id} quest={quest} on={quest.id === pick} />
        ))}
      </div>
      {!pending && <OwnQuest />}
    </>
  );
}

function Card({ quest, on }: { quest: Package; on: boolean }) {
  const needs = quest.inputs.filter((input) => input.required && input.default === undefined).map((input) => input.title);
  return (
    <article className={on ? `framed ${styles.q} on` : `framed ${styles.q}`} aria-label={quest.title}>
      <h2>{quest.title}</h2>
      <p className="s13 sub">{quest.summary}</p>
      <dl className="s12">
        <dt>Needs</dt>
        <dd>{needs.join(", ") || "nothing"}</dd>
        <dt>May touch</dt>
        <dd>{quest.touches.join(", ")}</dd>
      </dl>
      <footer className="s12 sub num">
        <span className="grow">
          {quest.steps.length} {quest.steps.length === 1 ? "step" : "steps"}
        </span>
        <Link className="link" to="/quest" search={{ tab: "library", pick: quest.id }} aria-current={on ? "true" : undefined}>
          {on ? "Opened" : "Open"}
          <span className="vh"> {quest.title}</span>
        </Link>
      </footer>
    </article>
  );
}

const ownQuest = z.object({ source: z.string().trim().min(1) });
/** A quest from a folder of the person's project, or from an outside address that the operator allows. */
function OwnQuest() {
  const navigate = useNavigate();
  const form = useForm({
    first: () => ({ source: "" }),
    read: ({ source }) => readInput(ownQuest, { source }),
    send: ({ source }) => void navigate({ to: "/quest", search: { tab: "library", pick: source } }),
  });
  const id = useId();
  const ready = form.values.source.trim() !== "";
  return (
    <form {...form.props} className={`framed ${styles.q} ${styles.own}`} aria-label="A quest of your own">
      <h2 className="fx">
        <GitBranch className="i" aria-hidden="true" /> A quest of your own
      </h2>
      <div className="field">
        <label htmlFor={id}>Project, folder and commit</label>
        <input
          id={id}
          className="inp mono"
          value={form.values.source}
          aria-invalid={form.wrong("source") !== undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="projects/name/folder@full-commit-hash"
          onChange={(event) => form.set({ source: event.target.value })}
        />
      </div>
      <p className="s12 sub">
        A folder with a <code className="s12">quest.yaml</code> at one commit. From elsewhere:{" "}
        <code className="s12">https://host/name.git@full-commit-hash</code> where the address is allowed, else push it into a project of
        yours first.
      </p>
      <button type="submit" className={ready ? "btn" : "btn off"} aria-disabled={!ready}>
        Show it
      </button>
    </form>
  );
}

type StartedProps = {
  quests: readonly QuestView[];
  tab: Exclude<Tab, "library">;
  id: string | undefined;
  error: unknown;
  retry: () => void;
  pending: boolean;
  more: (() => unknown) | undefined;
};
function Started({ quests, tab, id, error, retry, pending, more }: StartedProps) {
  return (
    <>
      <QuestTrouble error={error} retry={retry} />
      {quests.length === 0 && !error && (
        <div className="empty">
          <b className="b">{pending ? "Reading" : tab === "running" ? "No quest runs" : "None has ended yet"}</b>
          <p className="sub">
            A quest is a piece of work that is known to go well: it says what it needs, touches and costs, and proves each step.
          </p>
          <Link className="btn" style={{ marginTop: 10 }} to="/quest" search={{ tab: "library" }}>
            See the library
          </Link>
        </div>
      )}
      <ul className={styles.qlist}>
        {quests.map((quest) => (
          <li key={quest.id}>
            <QuestLine quest={quest} tab={tab} on={quest.id === id} />
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" className="btn" onClick={more}>
          Show older ones
        </button>
      )}
    </>
  );
}

function QuestLine({ quest, tab, on }: { quest: QuestView; tab: Tab; on: boolean }) {
  const { ring, text } = describeQuest(quest);
  return (
    <Link className={on ? "item-row on" : "item-row"} to="/quest" search={{ tab, id: quest.id }} aria-current={on ? "true" : undefined}>
      <Ring state={ring} label="" />
      <div className="grow">
        <div className="fx">
          <b className="med grow t">{quest.title}</b>
          <span className="s12 sub num">
            {formatDay(quest.updatedAt)}, {formatTime(quest.updatedAt)}
          </span>
        </div>
        <p className={quest.state === "ready" ? "s13 c-wait t" : "s13 sub t"}>
          {text} · {quest.proven} of {quest.of} steps proven
          {quest.current.length > 0 && ` · ${quest.current.map(titleOfId).join(", ")}`}
        </p>
      </div>
    </Link>
  );
}

function QuestTrouble({ error, retry }: { error: unknown; retry: () => void }) {
  if (!error) return null;
  return <Failed error={error} retry={retry} />;
}
