import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type PlanResult, sumStrength } from "../../../schema/plan/plan-result.ts";
import { describeUnchecked, headlineOf, isWhole } from "../../../schema/proof/coverage.ts";
import { describeStrength } from "../../../schema/proof/strength.ts";
import { shownPath } from "../../../schema/wire/path.ts";
import { prependComposerDraft } from "../conversation/composer-draft.ts";
import { useConversation, useConversationLive } from "../conversation/conversation.ts";
import { LineCounts } from "../git/diff.tsx";
import { DownloadButton } from "../git/download-button.tsx";
import { projectOfRepo } from "../git/repos.ts";
import { useActionQuery } from "../live/use-action.ts";
import { FramedPreview, FramedProject } from "../preview/framed-preview.tsx";
import { PreviewLink } from "../preview/preview-link.tsx";
import { PreviewShare } from "../preview/preview-share.tsx";
import { PutOnline } from "../release/put-online.tsx";
import { runPageAction } from "../shell/page-action.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useOpened, useOpenFold } from "../ui/open-fold.ts";
import { Ring } from "../ui/ring.tsx";
import styles from "./plan.module.css";
import type { PlanStanding } from "./plans-at-work.ts";

const shownFiles = 3;
type Props = { planId: `pln_${string}`; title: string; standing: PlanStanding };

/** What a plan has brought: the page first, then its files, and folded beneath what proves it. */
export function PlanResultSection({ planId, title, standing }: Props) {
  const query = useActionQuery("planResult", { planId });
  const result = query.data?.result;
  if (query.isError) return <Failed error={query.error} retry={query.refetch} />;
  if (!result) return standing === "done" ? <p className={`sub s13 ${styles.resultWaits}`}>Reading what it brought</p> : null;
  if (result.preview === null && result.place === null && result.receipts.length === 0)
    return standing === "done" ? <p className="sub s13">It changed no files.</p> : null;
  const runs = standing === "working" || standing === "waiting";
  return (
    <section className={styles.brought} aria-label={`Result of ${title}`}>
      {standing === "done" && <ResultPage planId={planId} result={result} />}
      {(standing === "failed" || standing === "cancelled" || standing === "stopped") && <p className="s13">What is there is kept:</p>}
      <ResultActions result={result} title={title} runs={runs} />
      {!runs && <ResultFiles result={result} />}
      {!runs && <ResultProof planId={planId} result={result} />}
    </section>
  );
}

/** The release that visitors see, where it holds all that is on main. Pure. */
function findServing({ project }: PlanResult): { project: string; release: string } | undefined {
  const current = project?.view.current;
  if (!project || !current || (project.main.can && project.main.commit !== current.commit)) return undefined;
  return { project: project.view.name, release: current.id };
}
/**
 * What runs, else the pages as they are now. That of the newest plan loads by itself, an older one at a
 * press. A program that an agent ran ended with its work, so there is nothing of it to be seen.
 */
function ResultPage({ planId, result }: { planId: string; result: PlanResult }) {
  const { preview } = result;
  const online = findServing(result);
  const newest = useConversationLive(({ view }) => {
    const row = view.rows.findLast((each) => each.type === "plan" && each.body.state === "done");
    return row?.type === "plan" && row.body.planId === planId;
  });
  const [wanted, want] = useOpened(`page:${planId}`);
  const pages = preview?.source.kind === "pages" ? preview : undefined;
  if (!online && !pages) return null;
  if ((newest || wanted) && online) return <FramedProject project={online.project} release={online.release} />;
  if ((newest || wanted) && pages) return <FramedPreview id={pages.id} title={pages.title} version={pages.changedAt} />;
  return (
    <button type="button" className={`btn ${styles.showPage}`} onClick={() => want(true)}>
      Show the page
    </button>
  );
}
function ResultFiles({ result: { files, place } }: { result: PlanResult }) {
  if (!place || files.total === 0) return null;
  const { repo, branch } = place;
  return (
    <ul className="files s13" aria-label="Files">
      {files.list.slice(0, shownFiles).map(({ path, ...counts }) => (
        <li key={path}>
          <Link to="/files" search={{ repo, ref: branch, path }}>
            <code className="grow t">{shownPath(path)}</code>
            <LineCounts {...counts} />
          </Link>
        </li>
      ))}
      <li>
        <Link to="/files" search={{ repo, ref: branch }}>
          {files.total > shownFiles ? `All files, ${files.total - shownFiles} more were changed` : "All files"}
        </Link>
      </li>
    </ul>
  );
}

/** A page that there is of it: what it has at its end, or so far. */
const pageOf = ({ preview }: PlanResult, runs: boolean) => (runs || preview?.source.kind === "pages" ? preview : null);
/** Leads to what it has brought: what serves, else the page, else the files. */
export function OpenResult({ result, runs = false }: { result: PlanResult; runs?: boolean }) {
  const { place } = result;
  const online = findServing(result);
  const preview = pageOf(result, runs);
  if (online && !runs)
    return (
      <Link className="btn pri" to="/project/$name" params={{ name: online.project }}>
        Open
      </Link>
    );
  if (preview)
    return (
      <PreviewLink preview={preview.id} className={runs ? "btn" : "btn pri"}>
        {runs ? "Open what is there so far" : "Open"}
      </PreviewLink>
    );
  if (!place || runs) return null;
  return (
    <Link className="btn pri" to="/files" search={{ repo: place.repo, ref: place.branch }}>
      Open
    </Link>
  );
}
/** Open, share, take along, or go on with it. */
function ResultActions({ result, title, runs }: { result: PlanResult; title: string; runs: boolean }) {
  const { place, project } = result;
  const preview = pageOf(result, runs);
  const [sharing, setSharing] = useState(false);
  const { id } = useConversation();
  if (!preview && !place) return null;
  const change = () => {
    const where = place ? ` (project ${projectOfRepo(place.repo)})` : "";
    prependComposerDraft(id, `In “${title}”${where}, change `);
    runPageAction("focusMessage");
  };
  return (
    <>
      <div className="acts">
        <OpenResult result={result} runs={runs} />
        {preview && !runs && (
          <button type="button" className="btn" aria-expanded={sharing} onClick={() => setSharing(!sharing)}>
            Share
          </button>
        )}
        {place && !runs && <DownloadButton repo={place.repo} gitRef={place.branch} label="Download" />}
        {!runs && preview?.source.kind === "pages" && (
          <PreviewLink preview={preview.id} className="btn" change>
            Change something…
          </PreviewLink>
        )}
        {!runs && preview?.source.kind !== "pages" && (
          <button type="button" className="btn" onClick={change}>
            Change something…
          </button>
        )}
      </div>
      {sharing && preview && <PreviewShare preview={preview.id} />}
      {project && !runs && <PutOnline project={project} />}
    </>
  );
}

/** What proves it, in one line; each receipt, and what only machines compare, folded beneath. */
function ResultProof({ planId, result: { receipts, place, proven } }: { planId: string; result: PlanResult }) {
  const proofs = useOpenFold(`proof:${planId}`);
  const details = useOpenFold(`details:${planId}`);
  const strength = sumStrength(receipts);
  const missing = describeUnchecked(proven);
  const checks = receipts.reduce((sum, receipt) => sum + receipt.checks, 0);
  return (
    <>
      {receipts.length > 0 && (
        <details className="fold s13" {...proofs}>
          <summary className="num">
            {missing === "" && "Proven: "}
            {checks} {checks === 1 ? "check" : "checks"} passed{missing && ` · ${headlineOf(proven)}`}
          </summary>
          {missing && <p>{missing}.</p>}
          {strength && <p className="sub num">To see what the checks are worth, {describeStrength(strength)}.</p>}
          <ul className="checks">
            {receipts.map((receipt) => (
              <li key={receipt.id}>
                <Ring
                  state={receipt.stale ? "stale" : isWhole(receipt.proven) ? "done" : "complete"}
                  size={12}
                  label={receipt.stale ? "Stale" : headlineOf(receipt.proven)}
                />
                <span className="grow">
                  <Link className="link" to="/receipt/$id" params={{ id: receipt.id }}>
                    {receipt.title}
                  </Link>{" "}
                  <span className="sub num">
                    {receipt.checks} {receipt.checks === 1 ? "check" : "checks"} passed
                    {receipt.stale ? ", changed since then" : receipt.strength && `; ${describeStrength(receipt.strength)}`}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {place && (
        <details className="fold s13" {...details}>
          <summary>Details</summary>
          <dl className="kv num">
            <dt>Repository</dt>
            <dd>
              <Link className="link" to="/files" search={{ repo: place.repo, ref: place.branch }}>
                {place.repo}
              </Link>
            </dd>
            <dt>Branch</dt>
            <dd>
              <code>{place.branch}</code>
            </dd>
            {place.commit && (
              <>
                <dt>Commit</dt>
                <dd>
                  <Link className="link" to="/commit/$hash" params={{ hash: place.commit }}>
                    <code>{place.commit.slice(0, 12)}</code>
                  </Link>
                </dd>
              </>
            )}
          </dl>
        </details>
      )}
    </>
  );
}
