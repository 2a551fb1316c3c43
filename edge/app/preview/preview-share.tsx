import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import { shareMade, sharesOut } from "../../../schema/preview/preview-access.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { useScreen } from "../shell/screen.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import styles from "./preview.module.css";

const lengths = [
  { hours: 1, title: "An hour" },
  { hours: 24, title: "A day" },
  { hours: 24 * 7, title: "A week" },
] as const;
const describeEnd = (at: number) => `${formatDay(at)}, ${formatTime(at)}`;

/** Links by which others look at a preview: made, copied, and taken back. */
export function PreviewShare({ preview }: { preview: string }) {
  const { api } = useServices();
  const { ask } = useScreen();
  const [hours, setHours] = useState<number>(24);
  const path = { previewId: preview };
  const shares = useQuery({
    queryKey: ["preview", "shares", preview],
    queryFn: () => api.get("/previews/{previewId}/shares", sharesOut, { params: { path } }),
  });
  const make = useRest(shareMade);
  const revoke = useRest(removedOut);
  const [copied, setCopied] = useState<string>();
  const done = { onSuccess: () => void shares.refetch() };
  const made = {
    onSuccess: ({ url }: z.infer<typeof shareMade>) => {
      done.onSuccess();
      const { clipboard } = navigator as { clipboard?: Clipboard }; // there is none outside of HTTPS and localhost
      clipboard?.writeText(url).then(
        () => setCopied(url),
        () => setCopied(undefined), // it can be copied by its own button
      );
    },
  };
  const askRevoke = (shareId: string) =>
    ask({
      title: "Revoke this link?",
      text: "Whoever has it sees nothing more, at once.",
      yes: "Revoke it",
      act: () =>
        revoke.mutate(restCall("DELETE", "/previews/{previewId}/shares/{shareId}", { params: { path: { ...path, shareId } } }), done),
    });
  return (
    <section className={styles.share} aria-label="Share">
      <p className="s13">Anybody with a link sees this preview, and nothing else, until the link ends.</p>
      <p className="fx">
        <label className="s13 fx">
          For
          <select className="inp" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {lengths.map((each) => (
              <option key={each.hours} value={each.hours}>
                {each.title.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="btn"
          disabled={make.isPending}
          onClick={() => make.mutate(restCall("POST", "/previews/{previewId}/shares", { params: { path }, body: { hours } }), made)}
        >
          Make a link
        </button>
      </p>
      {(make.error ?? revoke.error) && <p className="c-bad s13">{failureText(make.error ?? revoke.error)}</p>}
      {shares.isError && <Failed error={shares.error} retry={shares.refetch} className="c-bad" />}
      <ul aria-label="Links">
        {shares.data?.shares.map((share) => (
          <ShareRow
            key={share.id}
            share={share}
            copied={copied !== undefined && copied === share.url}
            pending={revoke.isPending}
            revoke={() => askRevoke(share.id)}
          />
        ))}
      </ul>
    </section>
  );
}

type ShareRowProps = { share: z.infer<typeof sharesOut>["shares"][number]; copied: boolean; pending: boolean; revoke: () => void };
function ShareRow({ share: { url, expiresAt }, copied, pending, revoke }: ShareRowProps) {
  return (
    <li className="fx wrap s13">
      <span className="grow" role="status">
        A link until {describeEnd(expiresAt)}
        {copied && ", copied"}
      </span>
      {url && <CopyButton text={url} label="Copy the link" worded />}
      <button type="button" className="btn xs bad" disabled={pending} onClick={revoke}>
        Revoke
      </button>
      {url ? (
        <code className="t">{url}</code>
      ) : (
        <span className="s12 sub">This older link can't be copied again. It works until it ends.</span>
      )}
    </li>
  );
}
