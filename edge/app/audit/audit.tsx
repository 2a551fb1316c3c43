import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { type AuditRow, auditActorKinds, auditKinds, auditPage } from "../../../schema/audit/audit.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { useTokenWords } from "../account/access-token-list.ts";
import { failureText } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useServices } from "../live/workspace.ts";
import { useTitle } from "../shell/page-title.ts";
import { Field } from "../ui/form/field.tsx";
import { formatDay, formatDuration, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { saveBlob } from "../ui/save-file.ts";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { Commands } from "../ui/terminal-commands.tsx";
import { actorWords, wordAction, wordActor, wordResult } from "./audit-words.ts";

const anything = { id: "", title: "All" };
const whoChoices = [anything, ...auditActorKinds.map((kind) => ({ id: kind, title: actorWords[kind] }))];
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const kindChoices = [
  anything,
  ...auditKinds.map((kind) => ({ id: kind, title: capital(kind) })).sort((a, b) => (a.title < b.title ? -1 : 1)),
];
const timeChoices = [
  { id: "", title: "Any time" },
  { id: "1", title: "The last day" },
  { id: "7", title: "The last week" },
  { id: "30", title: "The last month" },
];

/** Each change that was made, newest first, by who, kind and time; and how a stranger checks it. */
export function AuditScreen() {
  const { api } = useServices();
  const [by, setBy] = useState("");
  const [kind, setKind] = useState("");
  const [days, setDays] = useState("");
  useTitle("Audit");
  const actorKind = auditActorKinds.find((each) => each === by);
  const topic = auditKinds.find((each) => each === kind);
  const query = useInfiniteQuery({
    queryKey: ["audit", by, kind, days],
    queryFn: ({ pageParam }) => {
      const query = {
        ...(actorKind ? { by: actorKind } : {}),
        ...(topic ? { kind: topic } : {}),
        ...(days === "" ? {} : { from: Date.now() - Number(days) * dayMs }),
        ...(pageParam === null ? {} : { cursor: Number(pageParam) }),
      };
      return api.get("/audit", auditPage, { params: { query } });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchOnMount: "always",
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const filtered = by !== "" || kind !== "" || days !== "";
  return (
    <>
      <div className="bar">
        <h1>Audit</h1>
        <span className="grow" />
        <ExportButton />
      </div>
      <ScrollPage label="Audit">
        <div className="narrow col">
          <p className="s13 sub">
            Every change of what is yours: who made it, on what, and how it ended; and each time that support looked at how your stack
            stands, with the reason they gave. What was written is never kept here.
          </p>
          <section className="fx wrap" aria-label="Filters">
            <Field label="Who" value={by} set={setBy} choices={whoChoices} />
            <Field label="What" value={kind} set={setKind} choices={kindChoices} />
            <Field label="When" value={days} set={setDays} choices={timeChoices} />
          </section>
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          <ul className="rules" aria-label="Changes">
            {rows.map((row) => (
              <AuditLine key={row.seq} row={row} />
            ))}
          </ul>
          {rows.length === 0 && !query.isError && (
            <p className="empty s13">
              {query.isPending ? "Reading" : filtered ? "Nothing fits. Choose All to see every change." : "Nothing was changed yet."}
            </p>
          )}
          {query.hasNextPage && (
            <button
              type="button"
              className="btn"
              aria-disabled={query.isFetchingNextPage}
              onClick={() => !query.isFetching && void query.fetchNextPage()}
            >
              {query.isFetchingNextPage ? "Reading" : "Show older changes"}
            </button>
          )}
          <HowToCheck />
        </div>
      </ScrollPage>
    </>
  );
}

function AuditLine({ row }: { row: AuditRow }) {
  const agent = useLive(({ view }) => view.agents.get(row.by.id ?? "")?.title);
  const target = useLive(({ view }) => view.tasks.get(row.target ?? "")?.title) ?? row.target;
  const token = useTokenWords(row);
  const wrong = wordResult(row.result);
  const about = [agent ?? token.maker ?? wordActor(row), token.about ?? target, `${formatDay(row.at)} ${formatTime(row.at)}`];
  return (
    <li>
      <Ring state={wrong === undefined ? "done" : row.result === "unknown" ? "cancelled" : "failed"} label={wrong ?? "Done"} />
      <div className="grow">
        <b className="med rule-what">{wordAction(row.action)}</b>
        <p className="s12 sub rule-what">{about.filter(Boolean).join(" · ")}</p>
        {row.reason !== undefined && <p className="s12 rule-what">Reason given: {row.reason}</p>}
        {wrong && <p className="s12">{wrong}</p>}
        <details className="fold s12">
          <summary>Details</summary>
          <ul className="checks">
            <Detail name="Place" value={String(row.seq)} />
            <Detail name="Action" value={row.action} />
            <Detail name="Request" value={row.request} />
            <Detail
              name="Took"
              value={[formatDuration(row.ms), ...row.steps.map(({ name, ms }) => `${name} ${formatDuration(ms)}`)].join(", ")}
            />
            <Detail name="Hash" value={row.hash} />
          </ul>
        </details>
      </div>
    </li>
  );
}
function Detail({ name, value }: { name: string; value: string }) {
  return (
    <li>
      <span className="sub">{name}</span>
      <code className="grow rule-what">{value}</code>
    </li>
  );
}

/** All rows as a file, which verify-audit.mjs reads. */
function ExportButton() {
  const { api } = useServices();
  const [state, setState] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const press = async () => {
    if (state.busy) return;
    setState({ busy: true });
    try {
      saveBlob(await api.auditExport(), "audit.ndjson");
      setState({ busy: false });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <>
      {state.error !== undefined && (
        <span className="s12 c-bad" role="alert">
          {failureText(state.error)}
        </span>
      )}
      <button type="button" className="btn" aria-disabled={state.busy} onClick={() => void press()}>
        <Download className="i s14" aria-hidden="true" /> {state.busy ? "Exporting" : "Export"}
      </button>
    </>
  );
}

function HowToCheck() {
  const { origin } = location;
  const text = [
    `curl -O ${origin}/verify-audit.mjs`,
    "node verify-audit.mjs audit.ndjson",
    `git clone ${origin.replace("://", "://x:<token>@")}/git/growqr/audit.git anchors`,
    `node verify-audit.mjs audit.ndjson --anchors anchors --jwks ${origin}/.well-known/jwks.json`,
  ].join("\n");
  return (
    <details className="fold s13">
      <summary>How a stranger checks it</summary>
      <p className="sub">
        Each row holds the hash of the one before it, so a row that is changed, removed or moved is found. Where the chain stood is signed
        and kept in your own Git, in the repository growqr/audit; a Git token opens it.
      </p>
      <Commands text={text} label="Commands to check" copy="Copy the commands to check" />
    </details>
  );
}
