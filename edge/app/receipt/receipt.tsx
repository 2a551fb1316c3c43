import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft, ShieldCheck } from "lucide-react";
import { environmentPath } from "../../../schema/environment/environment.ts";
import { describeCheck } from "../../../schema/proof/check.ts";
import { countProven, describeUnchecked, headlineOf } from "../../../schema/proof/coverage.ts";
import { roomRules } from "../../../schema/proof/room-rules.ts";
import type { SetupSeen } from "../../../schema/proof/setup.ts";
import { describeStrength, type Strength } from "../../../schema/proof/strength.ts";
import { describeTests, type TestsSeen } from "../../../schema/proof/test-report.ts";
import { type ReceiptStatement, type RulesSeen, readReceipt, rulesOf } from "../../../schema/receipt/receipt.ts";
import { receiptView } from "../../../schema/receipt/receipt-api.ts";
import { publicKeySet, type Revocation } from "../../../schema/wire/key.ts";
import { failureText } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { explainCheck } from "../plan/plan-words.ts";
import { useTitle } from "../shell/page-title.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { formatDay, formatDuration, formatTime } from "../ui/format.ts";
import { Ring } from "../ui/ring.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { Commands } from "../ui/terminal-commands.tsx";
import type { ReceiptView } from "./receipt-line.tsx";
import { verifyCommands } from "./verify-commands.ts";

/** A receipt. The page verifies its signature with the published keys before it shows anything. */
export function ReceiptPage() {
  const { id } = useParams({ from: "/receipt/$id" });
  const { api } = useServices();
  const query = useQuery({
    queryKey: ["task", "receipt", id],
    queryFn: async () => {
      const receipt = await api.get("/receipts/{receiptId}", receiptView, { params: { path: { receiptId: id } } });
      const keys = await api.get("/.well-known/jwks.json", publicKeySet);
      const statement = await readReceipt(receipt.receipt, keys).catch(() => undefined); // a wrong signature is an answer, shown below
      const revoked = keys.keys.find(({ kid }) => kid === receipt.key)?.revoked;
      return { receipt, statement, revoked };
    },
  });
  const title = query.data?.receipt.title ?? "Receipt";
  useTitle(title);
  return (
    <>
      <div className="bar">
        <Link to="/timeline" search={query.data ? { task: query.data.receipt.task } : {}} className="ib" aria-label="Back to the task">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        <h1 className="t">{title}</h1>
      </div>
      <ScrollPage label="Receipt">
        {query.data ? (
          <ReceiptBody {...query.data} />
        ) : (
          <div className="empty">
            <b className="b">{query.isError ? "This receipt could not be read" : "Reading"}</b>
            {query.isError && (
              <p className="sub">
                {failureText(query.error)}{" "}
                <button type="button" className="link" onClick={() => void query.refetch()}>
                  Retry
                </button>
              </p>
            )}
          </div>
        )}
      </ScrollPage>
    </>
  );
}

type Checked = { receipt: ReceiptView; statement: ReceiptStatement | undefined; revoked: Revocation | undefined };
function ReceiptBody({ receipt, statement, revoked }: Checked) {
  if (!statement)
    return (
      <div className="quiet bad">
        <Ring state="failed" label="" />
        <div>
          <b className="b">The signature does not hold</b>
          <p className="sub">
            What it says is not shown, because nobody vouches for it. Key {receipt.key}
            {revoked && `, revoked on ${formatDay(revoked.revoked_at * 1000)}`}.
          </p>
        </div>
      </div>
    );
  const stale = receipt.staleAt !== null;
  const { predicate, subject } = statement;
  const proven = countProven(predicate.coverage);
  const missing = describeUnchecked(proven);
  const [start, end] = [Date.parse(predicate.startedAt), Date.parse(predicate.finishedAt)];
  return (
    <article className="narrow col">
      <header className="fx top">
        <Ring state={stale ? "stale" : missing === "" ? "done" : "complete"} size={20} label="" />
        <div className="grow">
          <h2 className="big">{stale ? "Stale: there are newer commits" : headlineOf(proven)}</h2>
          {missing && <p className="s13">{missing}.</p>}
          <p className="s13 sub">
            All {predicate.checks.length} checks passed in a clean sandbox that the agent could not reach.
            {stale &&
              ` Since ${formatDay(receipt.staleAt!)}, ${formatTime(receipt.staleAt!)}, the branch has newer commits that this does not speak of.`}
          </p>
        </div>
      </header>
      <dl className="kv s13 num">
        <dt>Project</dt>
        <dd>{subject[0].name.replace(/^projects\//, "")}</dd>
        <dt>Checked</dt>
        <dd>
          {formatDay(start)}, {formatTime(start)}, in {formatDuration(end - start)}
        </dd>
      </dl>
      <h2>
        Checks{" "}
        <span className="num c-acc">
          {predicate.checks.length} of {predicate.checks.length}
        </span>
      </h2>
      <ul className="checks s13">
        {predicate.checks.map((check) => (
          <li key={check.name}>
            <Ring state="done" size={12} label="Passed" />
            <span className="grow">
              {explainCheck(check)}
              {check.kind === "command" && check.tests !== undefined && <span className="sub"> · {describeTests(check.tests)}</span>}
            </span>
            <span className="sub num">{formatDuration(check.ms)}</span>
          </li>
        ))}
      </ul>
      <Agreed held={rulesOf(statement)} />
      {predicate.strength && <StrengthSection strength={predicate.strength} />}
      <Coverage predicate={predicate} />
      <h2>
        Signature{" "}
        <span className="chip acc">
          <ShieldCheck className="i s14" aria-hidden="true" /> Valid
        </span>
      </h2>
      <p className="s13 sub">
        Checked in this browser against the published keys.
        {revoked && ` The key was revoked on ${formatDay(revoked.revoked_at * 1000)}, after this was signed.`} Anyone can check it, and run
        the checks again, in{" "}
        <Link className="link" to="/git-token" search={{ repo: subject[0].name, commit: subject[0].digest.gitCommit }}>
          a copy of the project
        </Link>
        .
      </p>
      <Details receipt={receipt} statement={statement} />
    </article>
  );
}

/** The details that machines compare: hashes, names, exact checks, and the commands to verify them. */
function Details({ receipt, statement }: { receipt: ReceiptView; statement: ReceiptStatement }) {
  const { predicate, subject } = statement;
  const commit = subject[0].digest.gitCommit;
  return (
    <details className="fold s13">
      <summary>Details</summary>
      <dl className="kv num">
        <dt>Commit</dt>
        <dd className="fx">
          <code>{commit.slice(0, 12)}</code>
          <CopyButton text={commit} label="Copy the commit" />
        </dd>
        <dt>Branch</dt>
        <dd>
          <code>{receipt.branch}</code>
          {receipt.staleAt === null ? ", still the newest" : ""}
        </dd>
        <dt>Spec</dt>
        <dd>
          <Link className="link" to="/memories" search={{ path: `tasks/${predicate.task}/spec.yaml` }}>
            {predicate.spec.id}
          </Link>{" "}
          <code className="sub">{predicate.spec.digest.sha256.slice(0, 12)}</code>
        </dd>
        <dt>Image</dt>
        <dd>
          <code>{predicate.image.digest.sha256.slice(0, 12)}</code>
        </dd>
        {predicate.setup && (
          <>
            <dt>Installed</dt>
            <dd>{describeSetup(predicate.setup)}</dd>
          </>
        )}
        <dt>Key</dt>
        <dd>
          <code>{receipt.key}</code>
        </dd>
      </dl>
      <h3>Exact checks</h3>
      <ul className="checks">
        {predicate.checks.map((check) => (
          <li key={check.name}>
            <code>{describeCheck(check)}</code>
            {check.kind === "command" && check.tests && <TestNames tests={check.tests} />}
          </li>
        ))}
      </ul>
      <Rules held={rulesOf(statement)} />
      <h3>Check it yourself</h3>
      <p className="sub">The receipt is kept as a git note on the commit. In a clone:</p>
      <Commands text={verifyCommands(commit)} label="Commands to verify" copy="Copy the commands" />
    </details>
  );
}

/** Files that settle how the work is checked, and that it has changed: the member has agreed. */
function Agreed({ held }: { held: RulesSeen | undefined }) {
  if (!held || held.agreed.files.length === 0) return null;
  const { files, more } = held.agreed;
  return (
    <>
      <h2>Changed with your word</h2>
      <p className="s13 sub">These files settle how the work is checked, or what is installed for it.</p>
      <ul className="checks s13" aria-label="Changed with your word">
        {files.map(({ name, digest, changes = [], shown = false }) => (
          <li key={name}>
            <Ring state="done" size={12} label="Agreed" />
            <span className="grow">
              {name}
              {changes.length > 0 && <span className="sub"> · {changes.join(" ")}</span>}
            </span>
            <span className="sub">
              {digest ? "Changed" : "Removed"}
              {shown ? ", as shown to you" : ""}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="s13 sub">And {more} more.</p>}
    </>
  );
}
/** What the clean room held to; a receipt of before does not say. */
function Rules({ held }: { held: RulesSeen | undefined }) {
  return (
    <>
      <h3>How it was checked</h3>
      {held ? (
        <ul className="checks">
          {held.rules.map((name) => (
            <li key={name}>{Object.hasOwn(roomRules, name) ? roomRules[name as keyof typeof roomRules] : name}</li>
          ))}
        </ul>
      ) : (
        <p className="sub">This receipt is of the first format: its checks passed in a clean sandbox, and it names no rules of it.</p>
      )}
    </>
  );
}

/** The tests that a check ran, by name: as many as the receipt holds. */
function TestNames({ tests: { runner, ran, names } }: { tests: TestsSeen }) {
  if (names.length === 0) return null;
  const more = ran - names.length;
  return (
    <div className="sub">
      {runner} ran: {names.join("; ")}
      {more > 0 && ` and ${more} more`}
    </div>
  );
}

/** What was installed for the checks, in words. */
function describeSetup({ commands, files, unpinned, snapshot, environment }: SetupSeen): string {
  const pinned = unpinned.length === 0 ? "" : `, unpinned: ${unpinned.join(" and ")} leaves open which versions come`;
  const sources = [...(environment ? [environmentPath] : []), ...files.map(({ name }) => name)];
  return `by ${commands.join(" and ")} from ${sources.join(", ")}, ${snapshot.slice(0, 12)}${pinned}`;
}

/** What the checks would have noticed: they were run again with the work taken out. */
function StrengthSection({ strength }: { strength: Strength }) {
  return (
    <>
      <h2>
        What the checks notice{" "}
        <span className="num c-acc">
          {strength.caught} of {strength.tried}
        </span>
      </h2>
      <p className="s13 sub">
        To see what the checks are worth, {describeStrength(strength)}. Each time a part of the work, or all of it, was taken out and the
        checks were run again.
        {strength.left > 0 && ` ${strength.left} more ${strength.left === 1 ? "way was" : "ways were"} not tried.`}
      </p>
      {strength.missed.length > 0 && (
        <ul className="checks s13" aria-label="What no check noticed">
          {strength.missed.map((example) => (
            <li key={example}>
              <Ring state="idle" size={12} label="Not noticed" />
              <span className="grow">{example}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const coverageRings = { checked: "done", "not checked": "idle", declined: "cancelled" } as const;
/** What was asked for, and whether a check covers it. */
function Coverage({ predicate }: { predicate: ReceiptStatement["predicate"] }) {
  const scenarios = (predicate.coverage ?? []).filter(({ name }) => name.startsWith("scenarios."));
  if (scenarios.length === 0 && !predicate.declined) return null;
  return (
    <>
      <h2>What was asked for</h2>
      <ul className="checks s13">
        {scenarios.map(({ name, text, state }) => (
          <li key={name}>
            <Ring state={coverageRings[state]} size={12} label="" />
            <span className="grow">{text}</span>
            <span className="sub">{state.charAt(0).toUpperCase() + state.slice(1)}</span>
          </li>
        ))}
        {predicate.declined?.map((check) => (
          <li key={check}>
            <Ring state="cancelled" size={12} label="" />
            <span className="grow">{check.charAt(0).toUpperCase() + check.slice(1)}</span>
            <span className="sub">Declined</span>
          </li>
        ))}
      </ul>
    </>
  );
}
