import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Bell } from "lucide-react";
import { useEffect, useRef } from "react";
import { VList } from "virtua";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import { thisDevice } from "../account/device.ts";
import { useActionPages, useActionQuery } from "../live/use-action.ts";
import { useLive, useServerSkew } from "../live/use-live.ts";
import { RuleList } from "../policy.tsx";
import { ProposalCard } from "../proposal.tsx";
import { useTitle } from "../shell/page-title.ts";
import { useScreen } from "../shell/screen.ts";
import { formatDuration, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { Ring } from "../ui/ring.tsx";
import { useClock } from "../ui/use-clock.ts";
import { useEndlessList } from "../ui/use-endless-list.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { describeEnd, describeSubject } from "./approval-words.ts";
import styles from "./inbox.module.css";
import { ApprovalDetail, approvalRings, EndedApproval } from "./inbox-detail.tsx";
import { proposedRows } from "./inbox-proposed.tsx";
import { type InboxWaiting, useWaiting } from "./pending.ts";

const tabs = [
  { id: "waiting", title: "Waiting" },
  { id: "answered", title: "Answered" },
  { id: "rules", title: "Rules" },
] as const;

/** Everything that agents asked: what waits, what was answered, and what is allowed for good. */
export function Inbox() {
  const search = useSearch({ from: "/inbox" });
  const waiting = useWaiting();
  const { n } = waiting;
  const tab = search.tab ?? "waiting";
  useTitle("Inbox");
  return (
    <>
      <div className="bar">
        <h1>Inbox</h1>
        <nav aria-label="Views" className="tabs">
          {tabs.map(({ id, title }) => (
            <Link key={id} to="/inbox" search={{ tab: id }} aria-current={tab === id ? "page" : undefined}>
              {title} {id === "waiting" && n > 0 && <span className="num">{n}</span>}
            </Link>
          ))}
        </nav>
        <span className="grow" />
        <Link className="ib" to="/reminder" aria-label="Reminders" title="Reminders">
          <Bell className="i" aria-hidden="true" />
        </Link>
      </div>
      {tab === "rules" ? (
        <RuleList />
      ) : tab === "waiting" ? (
        <WaitingList waiting={waiting} id={search.id} />
      ) : (
        <AnsweredList id={search.id} />
      )}
    </>
  );
}

function WaitingList({ waiting, id }: { waiting: InboxWaiting; id: string | undefined }) {
  const { approvals: pending, proposals, n, fresh } = waiting;
  const { phone } = useScreen();
  const begun = useLive(({ view }) => view.begun);
  const proposal = proposals.find((proposed) => proposed.id === id);
  const known = id === undefined || id.startsWith("prp_") || pending.some((approval) => approval.id === id);
  const seen = useRef<string>(undefined);
  const last = useLive(({ view }) => (seen.current ? view.asked.get(seen.current) : undefined));
  const gone = last && last.state !== "pending" && last.decided?.device !== thisDevice() ? last.id : undefined;
  const first = pending.find((approval) => approval.id === id)?.id ?? (phone ? undefined : pending[0]?.id);
  useEffect(() => {
    if (!gone) seen.current = first;
  }, [gone, first]);
  // A question that was answered elsewhere stays and says so until the person chooses another.
  if (gone && id === undefined) return <ApprovalPage id={gone} late />;
  // A link to an answered question shows how it ended.
  if (!known && id) return <ApprovalPage id={id} />;
  if (n === 0)
    return (
      <div className="page">
        <div className="empty">
          <b className="b">{begun ? "Nothing waits for you" : "Reading"}</b>
          <p className="sub">
            What needs your yes stands here: commands, plans, quests, goals, and what your agents would remember of you.
          </p>
          <Link className="btn" style={{ marginTop: 10 }} to="/inbox" search={{ tab: "answered" }}>
            See what was answered
          </Link>
        </div>
      </div>
    );
  const shown = proposal ? undefined : (pending.find((approval) => approval.id === id) ?? (phone ? undefined : pending[0]));
  return (
    <div className={styles.inbox}>
      <VList className={styles.list} aria-label="Waiting">
        {pending.map((approval) =>
          phone && approval.id === shown?.id ? (
            <div key={approval.id} className={styles.inPlace}>
              <ApprovalCard approval={approval} index={pending.indexOf(approval)} count={1} next={() => undefined} whole />
            </div>
          ) : (
            <ApprovalItem key={approval.id} approval={approval} on={approval.id === shown?.id} tab="waiting" />
          ),
        )}
        {proposedRows(waiting, proposal?.id, phone)}
      </VList>
      {!phone &&
        (proposal ? (
          <div className={styles.detail}>
            <div className={styles.detailIn}>
              <ProposalCard key={proposal.id} proposal={proposal} onDecided={fresh} />
            </div>
          </div>
        ) : shown ? (
          <ApprovalDetail key={shown.id} approval={shown} />
        ) : (
          <p className="sub pad">Choose one on the left: a plan or a quest opens on its own page.</p>
        ))}
    </div>
  );
}

function ApprovalItem({ approval, on, tab }: { approval: ApprovalView; on: boolean; tab: "waiting" | "answered" }) {
  const skew = useServerSkew();
  const now = useClock(approval.state === "pending", 30_000) + skew;
  const agentTitle = useLive(({ view }) => view.agents.get(approval.agent)?.title) ?? "An agent";
  return (
    <Link className={on ? "item-row on" : "item-row"} to="/inbox" search={{ tab, id: approval.id }} aria-current={on ? "true" : undefined}>
      <Ring state={approvalRings[approval.state]} label={approval.state === "pending" ? "Waiting for you" : approval.state} />
      <div className="grow">
        <div className="fx">
          <b className={approval.state === "pending" ? "b grow t" : "med grow t"}>{approval.title}</b>
          <span className="s12 sub num">
            {approval.state === "pending"
              ? formatDuration(Math.max(0, approval.expiresAt - now))
              : formatTime(approval.decided?.at ?? approval.createdAt)}
          </span>
        </div>
        <p className="s13 sub t">
          {agentTitle} · {approval.state === "pending" ? describeSubject(approval.subject) : describeEnd(approval)}
        </p>
      </div>
    </Link>
  );
}

/** What was answered, newest first, page by page. */
function AnsweredList({ id }: { id: string | undefined }) {
  const { phone } = useScreen();
  const { query, pages, more } = useActionPages("approvals", { limit: 50 });
  const all = pages.flatMap((page) => page.approvals).filter((approval) => approval.state !== "pending");
  const endless = useEndlessList(
    all.map((approval) => approval.id),
    more,
  );
  const shown = all.find((approval) => approval.id === id);
  if (query.isError)
    return (
      <div className="page">
        <Failed error={query.error} retry={query.refetch} className="c-bad" />
      </div>
    );
  if (all.length === 0)
    return (
      <div className="page">
        <div className="empty">
          <b className="b">{query.isPending ? "Reading" : "Nothing was answered yet"}</b>
          <p className="sub">Every answer stays here: what was asked, who said what, and when.</p>
        </div>
      </div>
    );
  if (phone && shown) return <EndedApproval approval={shown} />;
  return (
    <div className={styles.inbox}>
      <VList {...endless} className={styles.list} aria-label="Answered">
        {all.map((approval) => (
          <ApprovalItem key={approval.id} approval={approval} on={approval.id === id} tab="answered" />
        ))}
      </VList>
      {!phone && (shown ? <EndedApproval approval={shown} /> : <p className="sub pad">Choose one on the left.</p>)}
    </div>
  );
}

function ApprovalPage({ id, late = false }: { id: string /** It stood here and was answered elsewhere. */; late?: boolean }) {
  const query = useActionQuery("approval", { approvalId: id });
  const navigate = useNavigate();
  if (query.data) return <EndedApproval approval={query.data.approval} late={late} />;
  return (
    <div className="page">
      <div className="empty">
        <b className="b">{query.isError ? "It is not there" : "Reading"}</b>
        {query.isError && (
          <button type="button" className="btn" onClick={() => void navigate({ to: "/inbox" })}>
            See what waits
          </button>
        )}
      </div>
    </div>
  );
}
