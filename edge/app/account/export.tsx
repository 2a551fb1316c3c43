import { Download } from "lucide-react";
import type { ExportOut, ExportPart } from "../../../schema/account/export.ts";
import { failureText } from "../live/use-action.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { formatBytes, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { useExport } from "./use-export.ts";

/**
 * All that is the person's as one archive, which the browser saves by itself: it goes on without this
 * page.
 */
export function ExportData() {
  const { query, press, pressed, error, url } = useExport();
  const now = query.data;
  return (
    <section className="col" aria-label="Your data" style={{ gap: 8, alignItems: "flex-start" }}>
      <p className="s13 sub">
        One archive with your repositories and their history, the files that are in none, all that was said and done, receipts, your audit
        and what you used. It has the names of your secrets, never their values. Its README says what each file is, and what was missing: a
        stack that is stopped gives no repositories and files.
      </p>
      {query.isError && <Failed error={query.error} retry={query.refetch} />}
      <button type="button" className="btn" aria-disabled={pressed} onClick={press}>
        <Download className="i s14" aria-hidden="true" /> {now?.state === "packing" ? "Start the export again" : "Export all your data"}
      </button>
      {error !== undefined && (
        <p className="s13 c-bad" role="alert">
          {failureText(error)} Nothing was begun.
        </p>
      )}
      {now && <Progress now={now} />}
      {url !== undefined && now && now.linkEndsAt !== null && <ExportLink url={url} endsAt={now.linkEndsAt} />}
    </section>
  );
}

const partWords: Record<ExportPart, string> = {
  account: "Your account",
  log: "What was said and done",
  repositories: "Your repositories",
  files: "Files in no repository",
};
function Progress({ now }: { now: ExportOut }) {
  const { state, part, filesDone, files, bytes, missing, stands } = now;
  const counted = files === null ? "" : `, file ${Math.min(filesDone + 1, files)} of ${files}`;
  return (
    <>
      {state === "packing" && (
        <progress
          className="meter"
          style={{ alignSelf: "stretch" }}
          max={files ?? 1}
          value={files === null ? 0 : filesDone}
          aria-label="The export"
        />
      )}
      {state === "packing" && <p className="s13">{`${partWords[part ?? "account"]}${counted} · ${formatBytes(bytes)} so far`}</p>}
      <p className="s13" role="status">
        {state === "ready" && "Your browser begins to save it."}
        {state === "saved" && `Your browser has it all: growqr-export.zip, ${formatBytes(bytes)}.`}
      </p>
      {stands && <p className="s13">Nothing was saved for a minute. Look whether your browser still saves it, or start it again.</p>}
      {state === "broken" && (
        <p className="s13 c-bad" role="alert">
          It ended after {formatBytes(bytes)}, and what was saved is not complete. Press again to start it once more.
        </p>
      )}
      {state === "saved" && missing.length > 0 && <Missing missing={missing} />}
    </>
  );
}
const Missing = ({ missing }: { missing: readonly string[] }) => (
  <div className="s13">
    <p>Missing in it:</p>
    <ul>
      {missing.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  </div>
);
const ExportLink = ({ url, endsAt }: { url: string; endsAt: number }) => (
  <p className="s13 fx wrap">
    <span className="sub">
      Whoever has the link can save it too, until {formatTime(endsAt)}, until you export again, or until you sign out here.
    </span>
    <CopyButton text={url} label="Copy the link" worded />
  </p>
);
