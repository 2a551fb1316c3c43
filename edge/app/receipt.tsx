import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft, ShieldCheck } from "lucide-react";
import { z } from "zod";
import { receiptView } from "../../schema/proof.ts";
import { type RanCheck, readReceipt, type Statement } from "../../schema/receipt.ts";
import { failure } from "./ask.ts";
import { Commands } from "./commands.tsx";
import { useDoors, useNow } from "./context.ts";
import { CopyButton } from "./copy-button.tsx";
import type { ReceiptView } from "./receipt-line.tsx";
import { Ring } from "./ring.tsx";
import { clockTime, dayOf, duration } from "./time.ts";
import { useTitle } from "./title.ts";
import { verifyCommands } from "./verify.ts";

const keysOut = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) });

/** A receipt as anyone can check it: its signature is verified here, with the published keys, before anything of it is shown. */
export function ReceiptPage() {
  const { id } = useParams({ from: "/receipt/$id" });
  const { api } = useDoors();
  const { view } = useNow();
  const of = useQuery({
    queryKey: ["receipt", id, view.topics.tasks ?? 0],
    queryFn: async () => {
      const receipt = await api.get(`/receipts/${encodeURIComponent(id)}`, receiptView);
      const keys = await api.get("/.well-known/jwks.json", keysOut);
      const statement = await readReceipt(receipt.receipt, keys).catch(() => undefined); // a wrong signature is an answer, shown below
      return { receipt, statement };
    },
    placeholderData: (before) => before,
  });
  const title = of.data?.receipt.title ?? "Receipt";
  useTitle(title);
  return (
    <>
      <div className="bar">
        <Link to="/timeline" search={of.data ? { task: of.data.receipt.task } : {}} className="ib" aria-label="Back to the task">
          <ArrowLeft className="i" aria-hidden="true" />
        </Link>
        <h1 className="t">{title}</h1>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="page" tabIndex={0} aria-label="Receipt">
        {of.data ? (
          <Inside {...of.data} />
        ) : (
          <div className="empty">
            <b className="b">{of.isError ? "This receipt could not be read" : "Reading"}</b>
            {of.isError && (
              <p className="sub">
                {failure(of.error)}{" "}
                <button type="button" className="link" onClick={() => void of.refetch()}>
                  Retry
                </button>
              </p>
            )}
          </div>
        )}
      </section>
    </>
  );
}

function Inside({ receipt, statement }: { receipt: ReceiptView; statement: Statement | undefined }) {
  if (!statement)
    return (
      <div className="quiet bad">
        <Ring state="failed" label="" />
        <div>
          <b className="b">The signature does not hold</b>
          <p className="sub">What it says is not shown, because nobody vouches for it. Key {receipt.key}.</p>
        </div>
      </div>
    );
  const stale = receipt.staleAt !== null;
  const { predicate, subject } = statement;
  const [start, end] = [Date.parse(predicate.startedAt), Date.parse(predicate.finishedAt)];
  return (
    <article className="narrow col">
      <header className="fx top">
        <Ring state={stale ? "stale" : "done"} size={20} label="" />
        <div className="grow">
          <h2 className="big">{stale ? "Stale: there are newer commits" : "Verified"}</h2>
          <p className="s13 sub">
            All {predicate.checks.length} checks passed in a clean sandbox that the agent could not reach.
            {stale &&
              ` Since ${dayOf(receipt.staleAt!)}, ${clockTime(receipt.staleAt!)}, the branch has newer commits that this does not speak of.`}
          </p>
        </div>
      </header>
      <dl className="kv s13 num">
        <dt>Commit</dt>
        <dd className="fx">
          <code>{subject[0].digest.gitCommit.slice(0, 12)}</code>
          <CopyButton text={subject[0].digest.gitCommit} label="Copy the commit" />
        </dd>
        <dt>Branch</dt>
        <dd>
          <code>{receipt.branch}</code> of {subject[0].name}
          {stale ? "" : ", still the newest"}
        </dd>
        <dt>Spec</dt>
        <dd>
          <Link className="link" to="/memories" search={{ path: `tasks/${predicate.task}/spec.yaml` }}>
            {predicate.spec.id}
          </Link>{" "}
          <code className="sub">{predicate.spec.digest.sha256.slice(0, 12)}</code>
        </dd>
        <dt>Ran</dt>
        <dd>
          {dayOf(start)}, {clockTime(start)} to {clockTime(end)}, {duration(end - start)}
        </dd>
        <dt>Image</dt>
        <dd>
          <code>{predicate.image.digest.sha256.slice(0, 12)}</code>
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
            <span className="grow">{checkText(check)}</span>
            <span className="sub num">{duration(check.ms)}</span>
          </li>
        ))}
      </ul>
      <h2>
        Signature{" "}
        <span className="chip acc">
          <ShieldCheck className="i s14" aria-hidden="true" /> Valid
        </span>
      </h2>
      <p className="s13 sub">
        Signed with key <code>{receipt.key}</code>, checked in this browser against the published keys. It is kept as a git note on the
        commit. Anyone can check it, and run the checks again, in{" "}
        <Link className="link" to="/git-token" search={{ repo: subject[0].name, commit: subject[0].digest.gitCommit }}>
          a clone
        </Link>
        :
      </p>
      <Commands text={verifyCommands(subject[0].digest.gitCommit)} label="Commands to verify" copy="Copy the commands" />
    </article>
  );
}

function checkText(check: RanCheck) {
  if (check.kind === "command") return <code>{check.command}</code>;
  if (check.kind === "file")
    return (
      <>
        <code>{check.file}</code> is in the commit
      </>
    );
  return (
    <>
      <code>{check.url}</code> answers {check.status}
    </>
  );
}
